"""A state machine plays a hostile guest against the host's real conversation, over real pipes in this process.

Each rule adds something to what the guest does: frames in and out of order, lies, pieces, noise, silence, reading or
not. At the end everything is played to `converse`, which must give a value or a fault, in time, with bounded memory and
no descriptor left; a value only where a model of the protocol, kept beside, says that everything was in order.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from llmdas_sandbox import Fault, Limits, SandboxFailure
from llmdas_sandbox.frames import HEADER, MAGIC, STEPS, Channel, Kind, due
from llmdas_sandbox.interface import Usage
from llmdas_sandbox.session import Ending, converse
from tests.sandbox.programs import arguments, request

LIMITS = Limits(wall_s=0.3, frame_bytes=1 << 24, output_bytes=1 << 16, callback_calls=3, callback_rows=50)
GRACE_S = 5.0  # a busy machine
MEMORY_BYTES = 2 << 20  # traced for one conversation, whatever was announced
SILENCE = "silence"
BOMBS = (
    b"[" * 9000,
    b'{"a":' * 5000,
    b'{"kind":"exception","kind":"result"}',
    b'{"line":NaN}',
    b'{"line":-Infinity}',
    b'{"a":' + b"7" * 5000 + b"}",
    b'{"message":"\xed\xa0\x80"}',
    b"\xff\xfe{}",
    b"null",
    b"{}{}",
    b"",
)
TEXTS = (
    {"kind": "exception", "exception": "E\ud800", "message": "\x1b[2J\u202e" * 900, "line": 1e308},
    {"kind": "limit", "limit": "memory_bytes", "actual": 1e999, "message": "m"},
    {"kind": "limit", "limit": "wall_s", "message": "not for the guest to say"},
    {"kind": "refused", "line": True, "message": None},
    {"kind": "killed"},
    {"cpu_s": -1, "peak_bytes": 10**300, "printed": "many"},
)


def packed(kind: int, text: bytes = b"", data: bytes = b"", shape: tuple[int, ...] = (), number: int = 0) -> bytes:
    return _head(kind, len(shape), number, len(text), len(data)) + _shape(shape) + text + data


def _head(kind: int, dimensions: int, number: int, text: int, data: int) -> bytes:
    return HEADER.pack(MAGIC, kind, dimensions, number, text, data)


def _shape(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f"<{len(shape)}Q", *shape)


def array_frame(kind: Kind, array: np.ndarray, number: int = 0) -> bytes:
    return packed(kind, b"", array.astype("<f8").tobytes(), array.shape, number)


class Played:
    """A guest that does what is written in its part."""

    def __init__(self, part: list[bytes | str], reads: bool) -> None:
        self.inward, write_fd = os.pipe()
        read_fd, self.outward = os.pipe()
        self.channel = Channel(read_fd, write_fd, timed=True)
        self.shared: frozenset[str] = frozenset()
        self.over = threading.Event()
        self.ended = 0
        self.threads = [threading.Thread(target=self._write, args=(part,))]
        if reads:
            self.threads.append(threading.Thread(target=self._read))
        for thread in self.threads:
            thread.start()

    def _write(self, part: list[bytes | str]) -> None:
        with contextlib.suppress(OSError):
            for action in part:
                if action == SILENCE:
                    self.over.wait(60)
                elif isinstance(action, bytes):
                    os.write(self.outward, action)
        os.close(self.outward)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(self.inward, 1 << 16):
                pass

    def host_pid(self) -> int:
        return 0

    def end(self, grace: float = 0.0) -> Ending:
        self.ended += 1
        if self.ended == 1:
            self.over.set()
            os.close(self.channel.write_fd)
            os.close(self.channel.read_fd)
            for thread in self.threads:
                thread.join()
            os.close(self.inward)
        return Ending(137)


class HostileGuest(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.part: list[bytes | str] = []
        self.last: Kind | None = None
        self.honest = True
        self.reads = True
        self.calls = self.rows = 0
        self.running = False  # READY was said in its order
        self.given: np.ndarray | None = None

    @initialize(said=st.sampled_from([2, 2, 2, 2, 2, 1, 0]))
    def start(self, said: int) -> None:
        for kind in (Kind.HELLO, Kind.READY)[:said]:
            self.say(kind, packed(kind))

    def say(self, kind: Kind, data: bytes) -> None:
        """Add a well-formed frame and follow the protocol in the model."""
        last = Kind.SOURCE if self.last is Kind.HELLO else self.last  # the host sends the job
        self.honest &= kind in due(last, "guest")
        self.running |= self.honest and kind is Kind.READY
        self.last = Kind.SCORES if kind is Kind.SCORE else kind
        self.part.append(data)

    def lie(self, data: bytes | str) -> None:
        self.honest = False
        self.part.append(data)

    @rule(
        rows=st.integers(0, 30),
        width=st.sampled_from([3, 3, 3, 0, 2, 4]),
        bad=st.sampled_from([0, 0, np.nan, np.inf]),
    )
    def score(self, rows: int, width: int, bad: float) -> None:
        self.calls, self.rows = self.calls + 1, self.rows + rows
        self.honest &= self.calls <= LIMITS.callback_calls and self.rows <= LIMITS.callback_rows
        self.honest &= rows * width <= 3 * max(LIMITS.callback_rows - self.rows + rows, 1)
        self.say(Kind.SCORE, array_frame(Kind.SCORE, np.full((rows, width), 1.0 + bad)))

    @rule(shape=st.lists(st.integers(0, 9), max_size=4), value=st.sampled_from([1.0, np.nan, -np.inf]))
    def result(self, shape: list[int], value: float) -> None:
        self.given = np.full(shape, value)
        self.say(Kind.RESULT, array_frame(Kind.RESULT, self.given))

    @rule(text=st.sampled_from(TEXTS), kind=st.sampled_from([Kind.FAULT, Kind.END, Kind.END, Kind.FAILURE]))
    def text(self, text: dict[str, object], kind: Kind) -> None:
        self.say(kind, packed(kind, json.dumps(text).encode()))

    @rule(rows=st.sampled_from([None, None, 25, 26]))
    def finish(self, rows: int | None) -> None:
        """End as a well-behaved guest does, perhaps after two more calls."""
        for count in (rows, rows):
            if count is not None:
                self.score(count, 3, 0.0)
        self.result([2], 1.0)
        self.end()

    @rule()
    def end(self) -> None:
        self.say(Kind.END, packed(Kind.END))

    @rule(kind=st.sampled_from(list(Kind)))
    def any_kind(self, kind: Kind) -> None:
        if "array" in STEPS[kind].carries:
            self.lie(array_frame(kind, np.ones((1, 3)), number=9))
        else:
            self.say(kind, packed(kind))

    @rule(text=st.sampled_from(BOMBS), kind=st.sampled_from([Kind.FAULT, Kind.END, Kind.RESULT]))
    def bomb(self, text: bytes, kind: Kind) -> None:
        if text or kind is Kind.RESULT:
            self.lie(packed(kind, text))
        else:
            self.say(kind, packed(kind))

    @rule(
        kind=st.integers(0, 255),
        dimensions=st.integers(0, 255),
        number=st.integers(0, 65535),
        text=st.integers(0, 2**32 - 1),
        data=st.integers(0, 2**64 - 1),
        shape=st.lists(st.integers(0, 2**64 - 1), max_size=5),
    )
    def lying_head(self, kind: int, dimensions: int, number: int, text: int, data: int, shape: list[int]) -> None:
        self.lie(_head(kind, dimensions, number, text, data) + _shape(tuple(shape)))

    @rule(kind=st.sampled_from([Kind.SCORE, Kind.RESULT]), rows=st.sampled_from([1 << 18, 1 << 20, 1 << 40, 1 << 61]))
    def huge(self, kind: Kind, rows: int) -> None:
        """A head that is right in itself, with the size that is announced, and no data behind it."""
        self.lie(_head(kind, 2, 0, 0, min(8 * rows, 2**64 - 1)) + _shape((rows, 1)))

    @rule(data=st.binary(min_size=1, max_size=60))
    def noise(self, data: bytes) -> None:
        self.lie(data)

    @rule()
    def flood(self) -> None:
        self.lie(packed(Kind.READY) * 20_000)

    @rule(pieces=st.integers(1, 40))
    def drip(self, pieces: int) -> None:
        """Part of a good frame, byte by byte; what follows continues it."""
        frame = array_frame(Kind.RESULT, np.ones((2, 3)))[:pieces]
        for place in range(len(frame)):
            self.lie(frame[place : place + 1])

    @rule()
    def split(self) -> None:
        """Have what was said last arrive in two pieces, which changes nothing."""
        if self.part and isinstance(self.part[-1], bytes) and len(self.part[-1]) > 1:
            whole = self.part.pop()
            self.part += [whole[:1], whole[1:]]

    @rule()
    def silent(self) -> None:
        self.lie(SILENCE)

    @rule()
    def deaf(self) -> None:
        """Read nothing: small answers still fit into the pipe, so the outcome stays what it is."""
        self.reads = False

    def teardown(self) -> None:
        before = len(list(Path("/proc/self/fd").iterdir()))
        guest = Played(self.part, self.reads)
        outcome: tuple[np.ndarray | None, Fault | None, Usage] | None = None
        tracemalloc.start()
        started = time.monotonic()
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(SandboxFailure):
            patch.setattr("llmdas_sandbox.session.START_SECONDS", LIMITS.wall_s)
            outcome = converse(guest, request("return X", LIMITS, given=arguments()))
        seconds, peak = time.monotonic() - started, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert guest.ended
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        assert seconds < 2 * LIMITS.wall_s + GRACE_S
        assert peak < MEMORY_BYTES
        if outcome is None:
            assert not self.running or seconds >= LIMITS.wall_s, "our failure although a program ran"
        else:
            self.judge(*outcome)

    def judge(self, value: np.ndarray | None, fault: Fault | None, usage: Usage) -> None:
        assert (value is None) != (fault is None)
        if value is not None:
            assert self.honest
            assert self.last is Kind.END
            assert np.array_equal(value, self.given, equal_nan=True)
        else:
            whole = self.honest and self.given is not None and self.last is Kind.END
            assert not whole or fault.limit == "wall_s"  # a busy machine
            assert fault.kind in ("exception", "refused", "limit", "killed", "protocol")
            assert fault.message == "" or fault.message.isprintable()
        assert usage.output_bytes == (0 if value is None else value.nbytes)


HostileGuest.TestCase.settings = settings(
    max_examples=250, stateful_step_count=6, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHostileGuest = HostileGuest.TestCase
