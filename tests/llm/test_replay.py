"""Recordings: exact requests get their recorded answers, anything else is refused or missed in plain words."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.digest import sha256
from llmdas.errors import LLMError, RecordingMissing
from llmdas.llm.interface import LLM, ChatAnswer, ChatRequest, Message, Sampling
from llmdas.llm.openai import EndpointSettings, connect
from llmdas.llm.replay import Recorder, Replay, record
from tests.support.openai_server import OpenAIServer, failed

REQUEST = ChatRequest(
    (Message("system", "s"), Message("user", "Write it, é.\nSecond line")), Sampling("a-model", seed=3)
)
ANSWER = ChatAnswer("```python\r\nx = 'é\u2028'\n```\n", "stop", "a-model-2026", {"total_tokens": 8})
DAY = date(2026, 11, 24)


def other(seed: int) -> ChatRequest:
    return ChatRequest(REQUEST.messages, Sampling("a-model", seed=seed))


class Counted(LLM):
    """An LLM whose every answer differs."""

    name = "counted"

    def __init__(self) -> None:
        self.calls = 0

    def complete(self, request: ChatRequest) -> ChatAnswer:
        self.calls += 1
        return ChatAnswer(f"answer {self.calls}", "stop", "m", {})


def test_a_recorded_answer_comes_back_byte_for_byte_with_its_date(tmp_path: Path) -> None:
    path = record(tmp_path, REQUEST, ANSWER, DAY, "a-model, by hand")
    assert path == tmp_path / f"{REQUEST.digest}.json"
    replay = Replay.open(tmp_path)
    assert replay.name == "replay"
    assert replay.complete(REQUEST) == ChatAnswer(
        ANSWER.text, ANSWER.finish_reason, ANSWER.model, ANSWER.usage, recorded="2026-11-24"
    )


def test_a_recording_holds_exactly_what_a_reader_needs(tmp_path: Path) -> None:
    stored = json.loads(record(tmp_path, REQUEST, ANSWER, DAY, "note").read_bytes())
    assert stored == {
        "request": REQUEST.body(),
        "answer": ANSWER.text,
        "answer_sha256": sha256(ANSWER.text.encode()),
        "finish_reason": "stop",
        "model": "a-model-2026",
        "usage": {"total_tokens": 8},
        "recorded": "2026-11-24",
        "source": "note",
    }


def test_an_answer_changed_after_it_was_recorded_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path, REQUEST, ANSWER, DAY)
    stored = json.loads(path.read_bytes())
    path.write_text(json.dumps({**stored, "answer": stored["answer"] + " and more"}))
    with pytest.raises(LLMError, match="changed after it was recorded"):
        Replay.open(tmp_path)


def test_a_miss_says_which_request_and_what_to_do(tmp_path: Path) -> None:
    record(tmp_path, REQUEST, ANSWER, DAY)
    with pytest.raises(RecordingMissing) as caught:
        Replay.open(tmp_path).complete(other(4))
    for part in (other(4).digest[:12], "'a-model'", "'Write it, é.'", "LLM=openai", "record an answer"):
        assert part in str(caught.value)
    assert "Second line" not in str(caught.value)


def test_a_miss_without_any_user_message_is_a_miss(tmp_path: Path) -> None:
    with pytest.raises(RecordingMissing):
        Replay.open(tmp_path).complete(ChatRequest((), Sampling("m")))


def test_the_same_answer_twice_keeps_the_first_file(tmp_path: Path) -> None:
    first = record(tmp_path, REQUEST, ANSWER, DAY).read_bytes()
    assert record(tmp_path, REQUEST, ANSWER, date(2027, 1, 1)).read_bytes() == first


@pytest.mark.parametrize("change", [{"text": "other"}, {"finish_reason": "length"}, {"model": "b"}, {"usage": {}}])
def test_a_different_answer_does_not_overwrite(tmp_path: Path, change: dict[str, Any]) -> None:
    fields = {"text": ANSWER.text, "finish_reason": "stop", "model": ANSWER.model, "usage": ANSWER.usage}
    first = record(tmp_path, REQUEST, ANSWER, DAY).read_bytes()
    with pytest.raises(LLMError, match="already holds a different answer"):
        record(tmp_path, REQUEST, ChatAnswer(**(fields | change)), DAY)
    assert (tmp_path / f"{REQUEST.digest}.json").read_bytes() == first


def _rename(path: Path) -> None:
    path.rename(path.with_name(f"{'0' * 64}.json"))


def _edit(**fields: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))

    return change


def _without(name: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        stored = json.loads(path.read_text())
        del stored[name]
        path.write_text(json.dumps(stored))

    return change


def _text(change: Callable[[str], str]) -> Callable[[Path], None]:
    return lambda path: path.write_text(change(path.read_text()))


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "renamed": (_rename, "digest is not its file name"),
    "request changed": (_text(lambda text: text.replace("Write it", "Write that")), "digest is not its file name"),
    "cut short": (_text(lambda text: text[:-20]), "Unterminated"),
    "empty": (_text(lambda text: ""), "Expecting value"),
    "a list": (_text(lambda text: "[]"), "the file"),
    "nested without end": (_text(lambda text: "[" * 100_000), "recursion"),
    "not UTF-8": (lambda path: path.write_bytes(b"\xff{}") and None, "utf-8"),
    "NaN": (_text(lambda text: text.replace("0.7", "NaN")), "NaN is not JSON"),
    "a name twice": (_text(lambda text: text.replace('"answer":', '"answer": "shown",\n"answer":')), "stands twice"),
    "unknown field": (_edit(extra=1), "extra"),
    "answer missing": (_without("answer"), "answer"),
    "answer empty": (_edit(answer=""), "answer"),
    "answer of another type": (_edit(answer=["x"]), "answer"),
    "usage of texts": (_edit(usage={"total_tokens": "8"}), "usage.total_tokens"),
    "date missing": (_without("recorded"), "recorded"),
    "date in words": (_edit(recorded="yesterday"), "recorded"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_recording_that_was_changed_is_refused(tmp_path: Path, name: str) -> None:
    breaks, words = BROKEN[name]
    breaks(record(tmp_path, REQUEST, ANSWER, DAY))
    with pytest.raises(LLMError, match=rf"(?s)\.json is refused: .*{words}") as caught:
        Replay.open(tmp_path)
    assert not isinstance(caught.value, RecordingMissing)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LLMError, match=r"no folder of recordings at .*nowhere"):
        Replay.open(tmp_path / "nowhere")


def test_a_crash_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCut(BaseException):
        pass

    def cut(descriptor: int) -> None:
        raise PowerCut

    monkeypatch.setattr(os, "fsync", cut)
    with pytest.raises(PowerCut):
        record(tmp_path, REQUEST, ANSWER, DAY)
    assert list(tmp_path.iterdir()) == []


def test_a_rest_of_a_killed_writer_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / ".recording-abc.tmp").write_text('{"request"')
    record(tmp_path, REQUEST, ANSWER, DAY)
    assert Replay.open(tmp_path).complete(REQUEST).text == ANSWER.text


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LLMError, match=r"cannot be written: .*No space left"):
        record(tmp_path, REQUEST, ANSWER, DAY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "lone \ud800"])
def test_an_answer_that_cannot_be_stored_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LLMError, match="cannot be"):
        record(tmp_path, REQUEST, ChatAnswer(text, "stop", "m", {}), DAY)
    assert list(tmp_path.iterdir()) == []


def test_a_recorder_records_what_a_live_endpoint_answers(tmp_path: Path) -> None:
    with OpenAIServer([failed(500), "live answer"]) as server:
        settings = EndpointSettings(base_url=server.base_url, api_key="sk-test-0123456789abcdef", backoff_s=0.001)
        with connect(settings) as live:
            recorder = Recorder(live, tmp_path / "new", source="loopback", today=lambda: DAY)
            assert recorder.name == "openai"
            assert recorder.complete(REQUEST).recorded is None
    replayed = Replay.open(tmp_path / "new").complete(REQUEST)
    assert (replayed.text, replayed.recorded) == ("live answer", "2026-11-24")
    assert "sk-test" not in (tmp_path / "new" / f"{REQUEST.digest}.json").read_text()


def test_a_recorder_asks_only_for_what_is_not_recorded_yet(tmp_path: Path) -> None:
    inner = Counted()
    recorder = Recorder(inner, tmp_path)
    texts = [recorder.complete(request).text for request in (REQUEST, REQUEST, other(4), REQUEST)]
    assert texts == ["answer 1", "answer 1", "answer 2", "answer 1"]
    assert inner.calls == 2


def test_a_failure_is_not_recorded(tmp_path: Path) -> None:
    with OpenAIServer([failed(401)]) as server, connect(EndpointSettings(base_url=server.base_url)) as live:
        recorder = Recorder(live, tmp_path)
        with pytest.raises(LLMError, match="refused the key"):
            recorder.complete(REQUEST)
    assert list(tmp_path.iterdir()) == []


@given(
    st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=4),
    st.text(min_size=1),
    st.floats(0, 2),
)
def test_any_request_and_answer_survive_the_file(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[Any, str]], text: str, temperature: float
) -> None:
    folder = tmp_path_factory.mktemp("recordings")
    request = ChatRequest(tuple(Message(role, words) for role, words in turns), Sampling("m", temperature=temperature))
    record(folder, request, ChatAnswer(text, "stop", "m", {}), DAY)
    assert Replay.open(folder).complete(request).text == text
