"""Frames and the host's side of the conversation against a hostile peer: a fault, never an exception or a hang."""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmdas_sandbox import Fault, Limits, SandboxFailure
from llmdas_sandbox.faults import clean
from llmdas_sandbox.frames import (
    HEADER,
    MAGIC,
    STEPS,
    Caps,
    Channel,
    Kind,
    due,
)
from llmdas_sandbox.session import Ending, converse
from tests.sandbox.programs import arguments, request

LIMITS = Limits(wall_s=0.5, frame_bytes=1 << 16, output_bytes=1 << 15)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class PlayedGuest:
    """A guest whose bytes the test writes; it reads nothing unless told so."""

    def __init__(self, play: Callable[[int, int], None]) -> None:
        self.inward, write_fd = os.pipe()
        read_fd, self.outward = os.pipe()
        self.channel = Channel(read_fd, write_fd, timed=True)
        self.shared: frozenset[str] = frozenset()
        self.thread = threading.Thread(target=self._act, args=(play,))
        self.thread.start()

    def _act(self, play: Callable[[int, int], None]) -> None:
        with contextlib.suppress(OSError):
            play(self.inward, self.outward)
        with contextlib.suppress(OSError):
            os.close(self.outward)

    def host_pid(self) -> int:
        return 0

    def end(self, grace: float = 0.0) -> Ending:
        if self.channel.read_fd >= 0:
            os.close(self.channel.read_fd)
            os.close(self.channel.write_fd)
            self.channel.read_fd = -1
            self.thread.join()
            os.close(self.inward)
        return Ending(137)


def frame(kind: int, meta: object = None, data: bytes = b"", shape: tuple[int, ...] = (), **lies: int) -> bytes:
    text = json.dumps(meta).encode() if meta else b""
    fields = {"dimensions": len(shape), "number": 0, "text": len(text), "size": len(data)} | lies
    head = HEADER.pack(MAGIC, kind, fields["dimensions"], fields["number"], fields["text"], fields["size"])
    return head + struct.pack(f"<{len(shape)}Q", *shape) + text + data


def text_frame(text: bytes, kind: Kind = Kind.FAULT) -> bytes:
    return HEADER.pack(MAGIC, kind, 0, 0, len(text), 0) + text


def writes(data: bytes, *, stay: bool = False) -> Callable[[int, int], None]:
    def play(inward: int, outward: int) -> None:
        os.write(outward, data)
        while stay and os.read(inward, 1 << 16):
            pass

    return play


def outcome(data: bytes, *, stay: bool = False, limits: Limits = LIMITS) -> Fault | None:
    return converse(PlayedGuest(writes(data, stay=stay)), request("return X", limits))[1]


START = frame(Kind.HELLO) + frame(Kind.READY)
ONE = np.ones(1).tobytes()
GOOD = START + frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.END, {"printed": 3})


def test_well_behaved_peer_is_believed() -> None:
    value, fault, usage = converse(PlayedGuest(writes(GOOD)), request("return X", LIMITS))
    assert fault is None
    assert value.tolist() == [1.0]
    assert usage.printed == 3


@QUICK
@given(st.binary(max_size=200))
def test_arbitrary_bytes_after_the_start_are_a_fault(data: bytes) -> None:
    assert outcome(START + data).kind in ("protocol", "limit", "killed")


@QUICK
@given(st.integers(0, len(GOOD) - 1))
def test_truncated_conversation_is_a_fault_or_before_the_start_our_failure(length: int) -> None:
    try:
        fault = outcome(GOOD[:length])
    except SandboxFailure:
        assert length < len(START)
    else:
        assert fault.kind == "killed"


@QUICK
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_a_fault_or_changes_a_value_only(place: int, flip: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= flip
    try:
        value, fault, _ = converse(PlayedGuest(writes(bytes(data))), request("return X", LIMITS))
    except SandboxFailure:
        return
    assert (value is None) != (fault is None)
    assert fault is None or fault.kind in ("protocol", "limit", "killed")


@QUICK
@given(st.lists(st.sampled_from(list(Kind)), max_size=6))
def test_kinds_in_any_order_are_a_fault_unless_it_is_the_order(kinds: list[Kind]) -> None:
    def one(kind: Kind) -> bytes:
        carries = STEPS[kind].carries
        if "array" in carries:
            return frame(kind, {}, ONE * 3, (1, 3))
        return frame(kind, {"kind": "exception", "exception": "E", "message": "m"} if "text" in carries else None)

    last, in_order = Kind.READY, True
    for kind in kinds:
        in_order &= kind in due(last, "guest")
        last = Kind.SCORES if kind is Kind.SCORE else kind  # the host answers in between
    fault = outcome(START + b"".join(map(one, kinds)), stay=False)
    if in_order and last is Kind.END:
        assert fault is None or fault.kind == "exception"
    else:
        assert fault.kind in ("protocol", "killed")


@QUICK
@given(
    dimensions=st.integers(0, 255),
    meta=st.integers(0, 2**32 - 1),
    size=st.integers(0, 2**64 - 1),
    shape=st.lists(st.integers(0, 2**64 - 1), max_size=5),
)
def test_header_that_lies_allocates_nothing_large(dimensions: int, meta: int, size: int, shape: list[int]) -> None:
    lie = frame(Kind.RESULT, {}, b"", tuple(shape), dimensions=dimensions, text=meta, size=size)
    tracemalloc.start()
    try:
        fault = outcome(START + lie)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert fault.kind in ("protocol", "limit", "killed")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("frames after the end", frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.END) + frame(Kind.END)),
        ("a result twice", frame(Kind.RESULT, {}, ONE, (1,)) * 2),
        ("no end", frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.FAULT)),
        ("a failure once the program runs", frame(Kind.FAILURE, {"message": "not ours"})),
        ("an unknown kind", frame(99)),
        ("a kind of the host", frame(Kind.JOB)),
        ("a result with the number of a callback", frame(Kind.RESULT, {}, ONE, (1,), number=1)),
        ("a result with JSON", frame(Kind.RESULT, {"a": 1}, ONE, (1,))),
        ("a score with JSON", frame(Kind.SCORE, {"argument": "model"}, ONE * 3, (1, 3))),
        ("JSON with a key twice", text_frame(b'{"kind":"exception","kind":"exception"}') + frame(Kind.END)),
        ("JSON that is no number", text_frame(b'{"line":NaN}') + frame(Kind.END)),
        ("JSON with a null byte after it", text_frame(b"{}\0") + frame(Kind.END)),
        ("JSON that is empty space", text_frame(b"  ") + frame(Kind.END)),
        ("a surrogate in UTF-8", text_frame(b'{"kind":"\xed\xa0\x80"}') + frame(Kind.END)),
        ("a shape that needs more bytes", frame(Kind.RESULT, {}, ONE, (2,))),
        ("a shape that overflows", frame(Kind.RESULT, {}, b"", (2**32, 2**32, 0))),
        ("too many dimensions", frame(Kind.RESULT, {}, ONE, (1, 1, 1, 1, 1))),
        ("an array on a fault", frame(Kind.FAULT, {"kind": "exception"}, ONE, (1,))),
        ("JSON that is a list", frame(Kind.FAULT, [1])),
        ("JSON that nests", text_frame(b"[" * 20000)),
        ("JSON that nests objects", text_frame(b'{"a":' * 6000)),
        ("JSON with a huge number", text_frame(b'{"a":' + b"9" * 9000 + b"}")),
        ("JSON that is not UTF-8", text_frame(b"\xff\xff")),
        ("JSON above the cap", HEADER.pack(MAGIC, Kind.FAULT, 0, 0, 1 << 30, 0)),
        ("a fault of no kind", frame(Kind.FAULT, {"kind": ["exception"]}) + frame(Kind.END)),
        ("a fault of ours", frame(Kind.FAULT, {"kind": "limit", "limit": "wall_s"}) + frame(Kind.END)),
        ("an unknown callback", frame(Kind.SCORE, {}, ONE * 3, (1, 3), number=1)),
        ("the last callback there can be", frame(Kind.SCORE, {}, ONE * 3, (1, 3), number=65535)),
    ],
)  # fmt: skip
def test_broken_protocol_is_named(name: str, bad: bytes) -> None:
    fault = outcome(START + bad)
    assert fault.kind == "protocol", name
    assert fault.message.startswith("the guest broke the protocol: ")


def test_frame_above_the_limit_names_it() -> None:
    assert outcome(START + frame(Kind.RESULT, {}, b"", (1 << 20,), size=8 << 20)).limit == "frame_bytes"


def test_array_above_the_output_limit_names_it() -> None:
    data = np.ones(5000).tobytes()
    assert outcome(START + frame(Kind.RESULT, {}, data, (5000,)) + frame(Kind.END)).limit == "output_bytes"


LARGE = Limits(wall_s=2.0, output_bytes=1 << 20, callback_rows=100, callback_calls=2, frame_bytes=1 << 30)


@pytest.mark.parametrize(
    ("kind", "shape", "limit", "said"),
    [
        (Kind.SCORE, (30_000_000, 3), "callback_rows = 100", "30000000 rows in all"),
        (Kind.SCORE, (101, 3), "callback_rows = 100", "101 rows in all"),
        (
            Kind.SCORE,
            (1, 90_000_000),
            "callback_rows = 100",
            "shape (1, 90000000), where 100 rows of 3 values are left",
        ),
        (Kind.RESULT, (90_000_000,), "output_bytes = 1048576", "the array takes 720000000 bytes"),
    ],
)
def test_array_above_a_limit_ends_the_run_before_its_bytes_are_read(
    kind: Kind, shape: tuple[int, ...], limit: str, said: str
) -> None:
    """Only the head is sent: a host that waited for the bytes, or took memory for them, would run into wall_s."""
    head = START + frame(kind, {}, b"", shape, size=8 * int(np.prod(shape)))
    tracemalloc.start()
    try:
        fault = outcome(head, stay=True, limits=LARGE)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert fault.message.startswith(f"{limit} reached: ")
    assert fault.message.endswith(said)


def test_rows_are_counted_over_calls_and_none_may_still_be_scored_when_all_are_used() -> None:
    full, none = frame(Kind.SCORE, {}, ONE * 300, (100, 3)), frame(Kind.SCORE, {}, b"", (0, 3))
    one, end = frame(Kind.SCORE, {}, ONE * 3, (1, 3)), frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.END)
    assert outcome(START + full + none + end, limits=LARGE) is None
    assert outcome(START + full + one, limits=LARGE).message == "callback_rows = 100 reached: 101 rows in all"
    assert outcome(START + none * 3, limits=LARGE).message == "callback_calls = 2 reached: call number 3"


def score_frame(rows: int) -> bytes:
    return frame(Kind.SCORE, {}, np.arange(3.0 * rows).tobytes(), (rows, 3))


def test_callback_gets_many_rows_in_chunks_and_the_guest_all_scores_in_order() -> None:
    sizes, answered = [], []

    def score(rows: np.ndarray) -> np.ndarray:
        sizes.append(len(rows))
        return rows[:, 0]

    def play(inward: int, outward: int) -> None:
        end = Channel(inward, outward, timed=False)
        os.write(outward, START)
        for _ in range(5):  # the job, its source, its rows and the answer
            if end.receive(tuple(Kind), Caps(1 << 20, 1 << 20)).kind is Kind.ROWS:
                end.send(Kind.SCORE, {}, np.arange(75_000.0).reshape(25_000, 3))
                answered.append(end.receive((Kind.SCORES,), Caps(1 << 20, 1 << 20)).array)
                break
        os.write(outward, frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.END))

    fault = converse(PlayedGuest(play), request("return X", Limits(), given=arguments(score)))[1]
    assert fault is None
    assert sizes == [10_000, 10_000, 5_000]
    assert np.array_equal(answered[0], np.arange(0, 75_000.0, 3))


def test_deadline_is_looked_at_between_the_chunks_of_a_callback() -> None:
    calls = []

    def slow(rows: np.ndarray) -> np.ndarray:
        calls.append(len(rows))
        time.sleep(0.6)
        return rows[:, 0]

    play = writes(START + score_frame(2_000), stay=True)
    limits = Limits(wall_s=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("llmdas_sandbox.session.CHUNK_ROWS", 100)
        fault = converse(PlayedGuest(play), request("return X", limits, given=arguments(slow)))[1]
    assert fault.limit == "wall_s"
    assert calls == [100]


@pytest.mark.parametrize("answer", ["text", [[1], [1, 2]], None, np.ones((4, 1))])
def test_callback_that_answers_no_scores_is_our_failure_not_the_programs(answer: object) -> None:
    given = arguments(lambda rows: answer)
    with pytest.raises(SandboxFailure, match=r"The callback model\.predict_score answer"):
        converse(PlayedGuest(writes(START + score_frame(4), stay=True)), request("return X", LIMITS, given=given))


@pytest.mark.parametrize("values", [[np.nan, 1, 1], [1, 1], [[[1, 1, 1]]]])
def test_unfit_array_sent_past_the_proxy_never_reaches_the_callback(values: list[object]) -> None:
    array = np.atleast_2d(np.array(values, dtype=float))
    score = frame(Kind.SCORE, {}, array.tobytes(), array.shape)
    end = frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.END)
    called: list[object] = []
    given = arguments(called.append)
    _, fault, usage = converse(PlayedGuest(writes(START + score + end)), request("return X", LIMITS, given=given))
    assert fault is None
    assert usage.callback_calls == 1
    assert called == []


def test_usage_figures_are_not_believed_blindly() -> None:
    lies = {"printed": 10**400, "cpu_s": "many", "peak_bytes": -5}
    _, fault, usage = converse(
        PlayedGuest(writes(START + frame(Kind.RESULT, {}, ONE, (1,)) + frame(Kind.END, lies))),
        request("return X", LIMITS),
    )
    assert fault is None
    assert (usage.printed, usage.cpu_s, usage.peak_bytes) == (1 << 62, 0.0, 0)


def test_text_from_the_guest_is_escaped_and_cut() -> None:
    lie = {"kind": "exception", "exception": "E\x1b]0;x\x07" + "y" * 500, "message": "\u202e\x00\n" * 1000, "line": -3}
    fault = outcome(START + frame(Kind.FAULT, lie) + frame(Kind.END))
    assert fault.message.isprintable()
    assert fault.exception.isprintable()
    assert (len(fault.message), len(fault.exception), fault.line) == (2000, 100, 0)


@given(st.text(max_size=300))
def test_cleaned_text_is_printable_and_bounded(text: str) -> None:
    assert clean(text).isprintable()
    assert len(clean(text)) <= 2000


@pytest.mark.parametrize("sent", [b"", START, START + frame(Kind.SCORE, {}, b"", (8000, 1), size=64000)])
def test_silent_peer_ends_at_the_wall_limit(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmdas_sandbox.session.START_SECONDS", 0.5)
    started = time.monotonic()
    if not sent:
        with pytest.raises(SandboxFailure, match="did not start"):
            outcome(sent, stay=True)
    else:
        assert outcome(sent, stay=True).limit == "wall_s"
    assert time.monotonic() - started < 20


def test_peer_that_does_not_read_cannot_hold_the_hosts_write() -> None:
    release = threading.Event()

    def play(inward: int, outward: int) -> None:
        os.write(outward, frame(Kind.HELLO))
        release.wait(30)

    guest = PlayedGuest(play)
    big = arguments(rows=np.ones((100_000, 10)))
    threading.Timer(1.5, release.set).start()
    assert converse(guest, request("return X", Limits(wall_s=0.5), given=big))[1].limit == "wall_s"


def test_peer_that_trickles_ends_at_the_wall_limit() -> None:
    def play(inward: int, outward: int) -> None:
        os.write(outward, START)
        for _ in range(400):
            os.write(outward, b"L")
            time.sleep(0.05)

    assert converse(PlayedGuest(play), request("return X", LIMITS))[1].kind in ("limit", "protocol")


def protocol_rows() -> list[str]:
    """The rows of the table in the documentation."""
    return [
        f"| `{kind.name}` | {step.sender} | {', '.join(last.name if last else 'the start' for last in step.after)} "
        f"| {', '.join(step.carries) or 'nothing'} | {step.meaning} |"
        for kind, step in STEPS.items()
    ]


def test_documentation_has_the_protocols_own_table() -> None:
    page = Path(__file__).resolve().parents[2].joinpath("docs", "frames.md").read_text(encoding="utf-8")
    shown = [line for line in page.splitlines() if re.match(r"\| `[A-Z]+` \|", line)]
    assert shown == protocol_rows()


def close_keeping_the_number(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, descriptor)
    os.close(null)


def test_reason_of_a_guest_that_did_not_hear_the_job_out_is_read() -> None:
    """A guest without memory for its rows says so and is gone while the host still writes them."""
    said = {"kind": "limit", "limit": "memory_bytes", "message": "no room", "actual": 8e6}

    def play(inward: int, outward: int) -> None:
        os.write(outward, frame(Kind.HELLO) + frame(Kind.FAULT, said) + frame(Kind.END, {"cpu_s": 0.5}))
        close_keeping_the_number(inward)

    big = arguments(rows=np.ones((100_000, 10)))
    guest = PlayedGuest(play)
    fault = converse(guest, request("return X", Limits(wall_s=5), given=big))[1]
    assert (fault.limit, fault.actual) == ("memory_bytes", 8e6)


def test_callback_answered_to_a_guest_that_is_gone_leaves_the_fault_it_wrote() -> None:
    def play(inward: int, outward: int) -> None:
        end = Channel(inward, outward, timed=False)
        os.write(outward, START)
        while end.receive(tuple(Kind), Caps(1 << 20, 1 << 20)).kind is not Kind.ROWS:
            pass
        said = {"kind": "limit", "limit": "cpu_s", "actual": 1.5, "message": "m"}
        os.write(outward, score_frame(2) + frame(Kind.FAULT, said) + frame(Kind.END))
        close_keeping_the_number(inward)

    def slow(rows: np.ndarray) -> np.ndarray:
        time.sleep(0.3)
        return rows[:, 0]

    fault = converse(PlayedGuest(play), request("return X", Limits(wall_s=5), given=arguments(slow)))[1]
    assert (fault.limit, fault.actual) == ("cpu_s", 1.5)
