"""The conversation between host and guest: framed, capped before allocation, and in a fixed order.

A frame is a 20-byte header, then dimensions, then a small JSON object, then raw bytes (a little-endian float64 array in
C order, or the source). Nothing is ever unpickled and no other dtype exists. `STEPS` is the whole order; both sides
take what may come next from it (`due`). Both sides run this file; the host gives a deadline, under which every read and
write stands, so a peer that neither reads nor writes cannot hang it.

The host treats every byte as hostile. The guest trusts the host, which is the stronger side and has nothing to gain: it
checks the same way, by the same code, but only so that a mistake of ours shows up as one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import select
import struct
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = b"LDSB"
MAX_DIMENSIONS = 4
HEADER = struct.Struct("<4sBBHIQ")  # magic, kind, dimensions, number of the callback, bytes of JSON, bytes of data
_SHAPES = tuple(struct.Struct(f"<{dimensions}Q") for dimensions in range(MAX_DIMENSIONS + 1))
_FLOAT = np.dtype("<f8")
_MAX_VECTORS = 1 << 20  # one readv or writev moves at most this many bytes, so that deadlines are looked at in between
_SMALL = 1 << 12  # frames up to this size take one system call on either side
_PIECE = 1 << 16  # text and source are read in pieces of at most this many bytes
_PIPE_BYTES = 1 << 20  # what any user may have (pipe(7)); with the usual 64 KiB each piece costs a wake-up
_LONGEST_WAIT = 3600.0  # poll takes no infinity


class Kind(IntEnum):
    """What a frame is; who may send it, when, and what it carries stands in `STEPS`."""

    HELLO = 1
    JOB = 2
    SOURCE = 3
    ROWS = 4
    READY = 5
    SCORE = 6
    SCORES = 7
    REFUSED = 8
    RESULT = 9
    FAULT = 10
    FAILURE = 11
    END = 12
    REPORT = 13


class Step(NamedTuple):
    """One line of the protocol.

    Attributes:
        sender: ``guest`` or ``host``.
        after: frames after which it may come, whoever sent them; None is the start.
        carries: ``text`` (a JSON object, which may be left out), ``array``, ``bytes``, ``number`` (of a callback).
        meaning: what it says.
    """

    sender: str
    after: tuple[Kind | None, ...]
    carries: tuple[str, ...]
    meaning: str


_RUNNING = (Kind.READY, Kind.SCORES, Kind.REFUSED)
_GIVEN = (Kind.SOURCE, Kind.ROWS)

# The protocol. What is not in order here ends the run as a fault.
STEPS: Mapping[Kind, Step] = {
    Kind.HELLO: Step("guest", (None,), (), "the interpreter is up and waits"),
    Kind.JOB: Step("host", (Kind.HELLO,), ("text",), "go: function, arguments, policy, limits, seed"),
    Kind.SOURCE: Step("host", (Kind.JOB,), ("bytes",), "the exact bytes that were judged"),
    Kind.ROWS: Step("host", _GIVEN, ("array",), "one row argument, in call order; none for those in sealed memory"),
    Kind.READY: Step("guest", _GIVEN, (), "limits and second filter are set; from here on nothing it says is trusted"),
    Kind.FAILURE: Step("guest", (Kind.JOB, *_GIVEN), ("text",), "it could not set itself up; nothing follows"),
    Kind.SCORE: Step("guest", _RUNNING, ("number", "array"), "asks a callback, by its number in the job"),
    Kind.SCORES: Step("host", (Kind.SCORE,), ("array",), "the callback's answer"),
    Kind.REFUSED: Step("host", (Kind.SCORE,), ("text",), "the callback does not take this array, and why"),
    Kind.RESULT: Step("guest", _RUNNING, ("array",), "what the program returned"),
    Kind.FAULT: Step("guest", (Kind.JOB, *_GIVEN, *_RUNNING), ("text",), "why there is no result"),
    Kind.END: Step(
        "guest", (Kind.RESULT, Kind.FAULT), ("text",), "what was used; nothing but the end of the stream follows"
    ),
    Kind.REPORT: Step("guest", (Kind.JOB,), ("text",), "the self-check's probe only: what it measured"),
}

_NUMBERS = {kind.value: kind for kind in Kind}
_DUE = {
    (last, sender): frozenset(kind for kind, step in STEPS.items() if step.sender == sender and last in step.after)
    for last in (None, *Kind)
    for sender in ("guest", "host")
}
_WITH_ARRAY, _WITH_BYTES, _WITH_TEXT, _WITH_NUMBER = (
    frozenset(kind for kind, step in STEPS.items() if what in step.carries)
    for what in ("array", "bytes", "text", "number")
)


def due(last: Kind | None, sender: str) -> frozenset[Kind]:
    """Return what `sender` (``guest`` or ``host``) may say after `last`, whoever sent that; None is the start."""
    return _DUE[last, sender]


class FrameError(Exception):
    """The peer broke the protocol."""


class FrameTooLarge(FrameError):
    """A frame announced more bytes than this side takes; nothing was allocated for it."""

    def __init__(self, kind: Kind, size: int, cap: int) -> None:
        self.kind, self.size, self.cap = kind, size, cap
        super().__init__(f"a {kind.name} frame of {size} bytes, at most {cap} are taken")


class PeerGone(Exception):
    """The stream ended: the peer closed it or died."""


class DeadlineReached(Exception):
    """The peer did not read or write in time."""


class Frame(NamedTuple):
    """One frame, checked; a named tuple because one is made for every call of a callback.

    Attributes:
        kind: what it is.
        meta: the JSON object, empty where there was none.
        array: float64, C order, owned by the receiver; a 0-d zero where the kind carries none.
        data: raw bytes, empty where the kind carries none.
        number: of the callback, 0 where the kind carries none.
    """

    kind: Kind
    meta: dict[str, Any]
    array: NDArray[np.float64]
    data: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that one frame may carry: bytes of JSON and bytes of data."""

    meta_bytes: int
    data_bytes: int


class Channel:
    """One end of the conversation, over two file descriptors (pipes or FIFOs).

    Args:
        read_fd: where the peer's frames come from.
        write_fd: where our frames go.
        timed: True on the host: descriptors are made non-blocking and everything stands under `deadline`. The guest
            blocks; it may not call poll.

    Attributes:
        writing: a frame is partly written, so that no other may be begun.
    """

    def __init__(self, read_fd: int, write_fd: int, *, timed: bool) -> None:
        self.read_fd, self.write_fd = read_fd, write_fd
        self.deadline = math.inf  # on the clock of time.monotonic()
        self.writing = False
        self._timed = timed
        self._ahead = bytearray()  # read, but not yet asked for; at most _SMALL bytes and what was asked for
        if timed:
            os.set_blocking(read_fd, False)
            os.set_blocking(write_fd, False)
            for descriptor in (read_fd, write_fd):
                with contextlib.suppress(OSError):  # a socket, or more than this user may have
                    fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            self._readable, self._writable = select.poll(), select.poll()
            self._readable.register(read_fd, select.POLLIN)
            self._writable.register(write_fd, select.POLLOUT)

    def send(
        self,
        kind: Kind,
        meta: Mapping[str, Any] | None = None,
        array: NDArray[np.float64] | None = None,
        data: bytes = b"",
        number: int = 0,
    ) -> None:
        """Write one frame.

        Raises:
            PeerGone, DeadlineReached: it could not be written whole.
        """
        text = json.dumps(meta, separators=(",", ":"), allow_nan=False).encode() if meta else b""
        shape = () if array is None else array.shape
        size = len(data) if array is None else 8 * array.size
        head = HEADER.pack(MAGIC, kind, len(shape), number, len(text), size) + _SHAPES[len(shape)].pack(*shape) + text
        self.writing = True
        if size <= _SMALL:
            self._write(head + (data if array is None else array.astype(_FLOAT, copy=False).tobytes()))
        else:
            body = memoryview(data) if array is None else _bytes_of(np.ascontiguousarray(array, dtype=_FLOAT))
            self._write_both(head, body)
        self.writing = False

    def receive(
        self, expected: Collection[Kind], caps: Caps, admit: Callable[[Kind, tuple[int, ...]], None] | None = None
    ) -> Frame:
        """Read one frame of an expected kind; its size is checked before anything is allocated for it.

        Args:
            expected: kinds that are in order.
            caps: the most that it may carry.
            admit: gets kind and shape of a well-formed array before memory is taken for it; may raise to end it there.

        Raises:
            FrameError: malformed, out of order or (FrameTooLarge) above a cap.
            PeerGone, DeadlineReached: it did not come whole.
        """
        magic, code, dimensions, number, meta_bytes, data_bytes = HEADER.unpack(self._read(HEADER.size))
        kind = _checked_kind(magic, code, number, expected)
        if meta_bytes > caps.meta_bytes:
            raise FrameTooLarge(kind, meta_bytes, caps.meta_bytes)
        if data_bytes > caps.data_bytes:
            raise FrameTooLarge(kind, data_bytes, caps.data_bytes)
        if meta_bytes and kind not in _WITH_TEXT:
            raise FrameError(f"a {kind.name} frame carries no JSON")
        shape = self._shape(kind, dimensions, data_bytes, caps)
        if admit is not None:
            admit(kind, shape)
        meta = _parse(self._read(meta_bytes)) if meta_bytes else {}
        if kind in _WITH_ARRAY:
            return Frame(kind, meta, self._array(shape, data_bytes), b"", number)
        data = self._read(data_bytes) if kind in _WITH_BYTES else b""
        return Frame(kind, meta, np.zeros(()), data, number)

    def expect_end(self) -> None:
        """Wait for the end of the stream.

        Raises:
            FrameError: the peer sent more.
            DeadlineReached: it kept the stream open.
        """
        try:
            self._read(1)
        except PeerGone:
            return
        raise FrameError("bytes after the last frame")

    def _shape(self, kind: Kind, dimensions: int, data_bytes: int, caps: Caps) -> tuple[int, ...]:
        if kind not in _WITH_ARRAY:
            if dimensions or (data_bytes and kind not in _WITH_BYTES):
                raise FrameError(f"a {kind.name} frame carries no array")
            return ()
        if dimensions > MAX_DIMENSIONS:
            raise FrameError(f"an array of {dimensions} dimensions, at most {MAX_DIMENSIONS} are taken")
        shape: tuple[int, ...] = _SHAPES[dimensions].unpack(self._read(8 * dimensions))
        if 8 * math.prod([max(length, 1) for length in shape]) > max(caps.data_bytes, 8):
            raise FrameError(f"an array of shape {shape} is above the cap of {caps.data_bytes} bytes")
        if 8 * math.prod(shape) != data_bytes:
            raise FrameError(f"an array of shape {shape} does not take {data_bytes} bytes")
        return shape

    def _array(self, shape: tuple[int, ...], size: int) -> NDArray[np.float64]:
        if size <= _SMALL:
            return np.ndarray(shape, _FLOAT, bytearray(self._read(size)))
        array = np.empty(shape, _FLOAT)
        self._fill(_bytes_of(array))
        return array

    def _read(self, size: int) -> bytes:
        """Take bytes; memory grows with what has come, not with what was announced."""
        ahead = self._ahead
        while len(ahead) < size:
            if self._timed:
                self._wait(self._readable)
            try:
                piece = os.read(self.read_fd, min(max(size - len(ahead), _SMALL), _PIECE))
            except BlockingIOError:
                continue
            except OSError as error:
                raise PeerGone(str(error)) from error
            if not piece:
                raise PeerGone("the stream ended")
            ahead += piece
        taken = bytes(ahead[:size])
        del ahead[:size]
        return taken

    def _fill(self, view: memoryview) -> None:
        have = min(len(view), len(self._ahead))
        view[:have] = self._ahead[:have]
        del self._ahead[:have]
        view = view[have:]
        while len(view):
            if self._timed:
                self._wait(self._readable)
            try:
                count = os.readv(self.read_fd, [view[:_MAX_VECTORS]])
            except BlockingIOError:
                continue
            except OSError as error:
                raise PeerGone(str(error)) from error
            if count == 0:
                raise PeerGone("the stream ended")
            view = view[count:]

    def _write_both(self, head: bytes, body: memoryview) -> None:
        """Write two pieces in one call as far as it goes, so that the peer wakes once."""
        if self._timed and time.monotonic() >= self.deadline:
            raise DeadlineReached
        try:
            count = os.writev(self.write_fd, [head, body[:_MAX_VECTORS]])
        except BlockingIOError:
            count = 0
        except OSError as error:
            raise PeerGone(str(error)) from error
        self._write(head[count:])
        self._write(body[max(count - len(head), 0) :])

    def _write(self, data: bytes | memoryview) -> None:
        while data:
            if self._timed and time.monotonic() >= self.deadline:
                raise DeadlineReached
            try:
                count = os.write(self.write_fd, data[:_MAX_VECTORS])
            except BlockingIOError:
                self._wait(self._writable)
                continue
            except OSError as error:
                raise PeerGone(str(error)) from error
            if count == len(data):
                return
            data = memoryview(data)[count:]

    def _wait(self, poller: select.poll) -> None:
        """Wait until the peer has written or read; asked before a read, which nearly always has to wait."""
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise DeadlineReached
            if poller.poll(math.ceil(1000 * min(left, _LONGEST_WAIT))):
                return


def _bytes_of(array: NDArray[np.float64]) -> memoryview:
    """Return a contiguous array's own memory as bytes; memoryview.cast refuses arrays without elements."""
    return memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type] # arrays are buffers; not in 3.11's stubs


def _checked_kind(magic: bytes, code: int, number: int, expected: Collection[Kind]) -> Kind:
    if magic != MAGIC:
        raise FrameError("bytes that are not a frame")
    kind = _NUMBERS.get(code)
    if kind is None:
        raise FrameError(f"a frame of the unknown kind {code}")
    if kind not in expected:
        raise FrameError(f"a {kind.name} frame where {_names(expected)} was due")
    if number and kind not in _WITH_NUMBER:
        raise FrameError(f"a {kind.name} frame with the number of a callback")
    return kind


def _names(kinds: Collection[Kind]) -> str:
    return " or ".join(kind.name for kind in sorted(kinds)) or "nothing"


def _parse(text: bytes) -> dict[str, Any]:
    """Decode the JSON part; whatever it does to the parser is the peer's doing."""
    try:
        meta = json.loads(text.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a JSON part that does not parse: {type(error).__name__}") from None
    if not isinstance(meta, dict):
        raise FrameError("a JSON part that is not an object")
    return meta


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made
