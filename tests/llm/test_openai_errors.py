"""Every way an endpoint can fail gives one sentence, and nothing ever shows the key."""

from __future__ import annotations

import gzip
import logging
import pickle
import socket
import traceback
from typing import Any

import pytest

from llmdas.errors import LLMError
from llmdas.llm.interface import ChatRequest, Message, Sampling
from llmdas.llm.openai import EndpointSettings, connect
from tests.support.openai_server import OpenAIServer, Reply, chat, failed

KEY = "sk-test-0123456789abcdef"
REQUEST = ChatRequest((Message("user", "hello"),), Sampling(model="asked-model"))


def json_reply(body: Any) -> Reply:
    return Reply(body=body)


def typed(content_type: str, body: Any) -> Reply:
    return Reply(headers={"Content-Type": content_type}, body=body)


FAILURES = {
    "401": (failed(401, "no such key"), r"127\.0\.0\.1 refused the key \(HTTP 401\): no such key"),
    "401 that repeats the key": (failed(401, f"Incorrect API key: {KEY}."), r"Incorrect API key: \[key\]"),
    "403": (failed(403), "refused the key"),
    "404": (failed(404, "model not found"), "no such address or model 'asked-model'.*model not found"),
    "400": (failed(400, "max_tokens is too large"), r"refused the request \(HTTP 400\): max_tokens is too large"),
    "429": (failed(429, "quota"), "HTTP 429.*quota"),
    "500": (failed(500), "HTTP 500"),
    "500 in HTML": (Reply(status=500, headers={"Content-Type": "text/html"}, body="<html>" * 99), r"HTTP 500\b"),
    "error as text": (Reply(status=400, body={"error": "plain words"}), "plain words"),
    "error with control characters": (failed(400, "a\x1b[31m\nb\x00"), r"a \[31m b\. Check"),
    "error nested without end": (Reply(status=400, body="[" * 200_000), r"\(HTTP 400\)\."),
    "error in an odd charset": (
        Reply(status=400, headers={"Content-Type": "text/plain; charset=hex"}, body="zz"),
        "400",
    ),
    "redirect": (
        Reply(status=307, headers={"Location": "http://127.0.0.1:1/v1/chat/completions"}),
        r"redirects to 'http://127\.0\.0\.1:1/.*not followed",
    ),
    "redirect to nowhere": (Reply(status=302), "redirects to 'nowhere'"),
    "hang-up": (Reply(hang_up=True), "connection to 127.0.0.1 failed"),
    "garbage": (json_reply("{not json"), "not a JSON object"),
    "not UTF-8": (json_reply(b"\xff\xfe\xfd"), "not a JSON object"),
    "nothing": (json_reply(b""), "0 bytes that are not a JSON object"),
    "nested without end": (json_reply("[" * 200_000), "not a JSON object"),
    "a list": (json_reply([1]), "not a JSON object"),
    "HTML": (typed("text/html; charset=utf-8", "<html>log in</html>"), "answered with text/html instead of JSON"),
    "JSON as text": (typed("text/plain", chat("ok").payload()), "answered with text/plain"),
    "event stream": (typed("text/event-stream", "data: {}\n\n"), "answered with text/event-stream"),
    "204": (Reply(status=204, headers={"Content-Type": ""}), "no content type instead of JSON"),
    "error with status 200": (json_reply({"error": {"message": "overloaded"}}), r"no choices\[0\].*: overloaded"),
    "no choices": (json_reply({"choices": []}), r"no choices\[0\]"),
    "choices of numbers": (json_reply({"choices": [1]}), r"no choices\[0\]"),
    "choices is a text": (json_reply({"choices": "no"}), r"no choices\[0\]"),
    "no message": (json_reply({"choices": [{"text": "old protocol"}]}), r"no choices\[0\]\.message"),
    "no content": (chat(None), r"empty content \(finish_reason stop\)"),
    "empty content": (chat(""), "empty content"),
    "blank content": (chat(" \n"), "empty content"),
    "cut off before a word": (chat("", finish_reason="length"), "finish_reason length.*Raise max_tokens"),
    "content of parts": (chat([{"type": "text", "text": "x"}]), "content of type list"),
    "refusal": (chat(None, refusal="I will not."), "refused to answer: I will not"),
    "lone surrogate": (json_reply('{"choices":[{"message":{"content":"\\ud800"}}]}'), "not valid Unicode"),
    "answer that repeats the key": (chat(f"print('{KEY}')"), "repeated the key"),
    "key in capitals": (failed(401, f"Incorrect API key: {KEY.upper()}."), r"Incorrect API key: \[key\]"),
    "key at the edge of the quotation": (failed(401, "x" * 190 + " " + KEY), r"x{190} \[key\]"),
    "content type that repeats the key": (typed(f"text/{KEY}", "x"), r"answered with text/\[key\]"),
    "model named by the key": (chat("x", model=KEY), "repeated the key"),
    "too long": (chat("x" * 400_000), "longer than 300000 bytes"),
    "error too long": (failed(500, "x" * 400_000), "longer than 300000 bytes"),
    "compressed": (
        Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(chat("ok").payload())),
        "compressed although",
    ),
}


def raised(reply: Reply, **fields: Any) -> LLMError:
    with OpenAIServer([reply] * 3) as server:
        usual = {"api_key": KEY, "backoff_s": 0.001, "retries": 2, "max_answer_bytes": 300_000}
        settings = EndpointSettings(base_url=server.base_url, **{**usual, **fields})
        with connect(settings) as llm, pytest.raises(LLMError) as caught:
            llm.complete(REQUEST)
    return caught.value


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_one_sentence_with_a_remedy_and_without_the_key(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reply, words = FAILURES[name]
    error = raised(reply)
    with pytest.raises(LLMError, match=words):
        raise error
    assert error.remedy.endswith(".")
    assert str(error).isprintable()
    assert len(str(error)) < 600
    shown = [str(error), repr(error), repr(error.args), caplog.text, "".join(traceback.format_exception(error))]
    assert not any(KEY[:12].lower() in text.lower() for text in shown)
    assert KEY.encode() not in pickle.dumps(vars(error))


@pytest.mark.parametrize("name", ["401 that repeats the key", "500", "hang-up", "garbage", "too long"])
def test_no_lower_exception_hangs_on_to_an_error(name: str) -> None:
    error = raised(FAILURES[name][0])
    assert error.__cause__ is None
    assert error.__context__ is None


def test_the_key_is_in_no_local_variable_along_the_traceback() -> None:
    frames = traceback.TracebackException.from_exception(raised(failed(401)), capture_locals=True)
    ours = [frame for frame in frames.stack if "/llmdas/" in frame.filename]
    assert ours
    assert not any(KEY in value for frame in ours for value in (frame.locals or {}).values())


def test_the_package_is_never_told_the_key() -> None:
    with connect(EndpointSettings(base_url="http://127.0.0.1:1/v1", api_key=KEY)) as llm:
        assert KEY not in repr(vars(llm._client))
        assert KEY not in repr(llm)


def test_a_redirect_reaches_no_other_port() -> None:
    with OpenAIServer(["elsewhere"]) as other:
        error = raised(Reply(status=308, headers={"Location": f"{other.base_url}/chat/completions"}))
    assert str(other.port) in str(error)
    assert other.requests == []


def test_an_endpoint_that_is_down_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = EndpointSettings(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, backoff_s=0.001)
    words = r"127\.0\.0\.1 failed.*refused.*after 3 attempts.*Check that the endpoint runs"
    with connect(settings) as llm, pytest.raises(LLMError, match=words):
        llm.complete(REQUEST)


@pytest.mark.parametrize(
    "slow", [Reply(delay_s=30), Reply(body=b" " * 300, chunk_s=0.05)], ids=["silent", "a byte now and then"]
)
def test_an_endpoint_that_is_too_slow_is_given_up_and_not_billed_twice(slow: Reply) -> None:
    with (
        OpenAIServer([slow] * 3) as server,
        connect(EndpointSettings(base_url=server.base_url, timeout_s=0.2)) as llm,
        pytest.raises(LLMError, match=r"no whole answer within 0\.2 s.*Raise timeout_s"),
    ):
        llm.complete(REQUEST)
    assert len(server.requests) == 1


def test_the_deadline_cuts_a_running_attempt_short() -> None:
    assert "no whole answer within" in str(raised(Reply(delay_s=30), timeout_s=60, deadline_s=0.2))


@pytest.mark.parametrize(
    "request_",
    [
        ChatRequest((Message("user", "lone \ud800"),), Sampling("m")),
        ChatRequest((Message("user", "x"),), Sampling("m", temperature=float("nan"))),
    ],
    ids=["surrogate", "nan"],
)
def test_what_json_cannot_carry_is_not_sent(request_: ChatRequest) -> None:
    with (
        OpenAIServer(["ok"]) as server,
        connect(EndpointSettings(base_url=server.base_url)) as llm,
        pytest.raises(LLMError, match="JSON cannot carry"),
    ):
        llm.complete(request_)
    assert server.requests == []


def test_a_short_key_that_is_a_word_does_not_spoil_answers() -> None:
    with (
        OpenAIServer(["ollama serves it"]) as server,
        connect(EndpointSettings(base_url=server.base_url, api_key="ollama")) as llm,
    ):
        assert llm.complete(REQUEST).text == "ollama serves it"
