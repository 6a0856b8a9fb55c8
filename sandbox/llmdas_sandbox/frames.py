"""The conversation between host and guest: framed, capped before allocation, and in a fixed order.

A frame is a 20-byte header, then dimensions, then a small JSON object, then raw bytes (a little-endian float64 array in
C order, or the source). Nothing is ever unpickled and no other dtype exists. Both sides run this file; the host gives a
deadline, under which every read and write stands, so a peer that neither reads nor writes cannot hang it.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"LDSB"
MAX_DIMENSIONS = 4
HEADER = struct.Struct("<4sBBHIQ")  # magic, kind, dimensions, zero, bytes of JSON, bytes of data
_FLOAT = np.dtype("<f8")
_MAX_VECTORS = 1 << 20  # one readv or writev moves at most this many bytes, so that deadlines are looked at in between


class Kind(IntEnum):
    """What a frame is; who may send it when stands in `FOLLOWS` and in `session.py`."""

    HELLO = 1  # guest: interpreter is up
    JOB = 2  # host: what to call, policy, limits
    SOURCE = 3  # host: the exact bytes
    ROWS = 4  # host: one array argument, in call order
    READY = 5  # guest: locked down; from here on nothing it says is trusted
    SCORE = 6  # guest: a callback with its array
    SCORES = 7  # host: the answer
    REFUSED = 8  # host: the callback does not take this array, and why
    RESULT = 9  # guest: the array
    FAULT = 10  # guest: why there is none
    FAILURE = 11  # guest: could not set itself up; only before READY
    END = 12  # guest: usage; then nothing but the end of the stream
    REPORT = 13  # guest probe: what the self-check measured


_WITH_ARRAY = frozenset({Kind.ROWS, Kind.SCORE, Kind.SCORES, Kind.RESULT})
_WITH_BYTES = frozenset({Kind.SOURCE})

# What the host accepts after a frame from the guest; anything else is a broken protocol.
FOLLOWS: Mapping[Kind | None, frozenset[Kind]] = {
    None: frozenset({Kind.HELLO}),
    Kind.HELLO: frozenset({Kind.READY, Kind.FAULT, Kind.FAILURE}),
    Kind.READY: frozenset({Kind.SCORE, Kind.RESULT, Kind.FAULT}),
    Kind.SCORE: frozenset({Kind.SCORE, Kind.RESULT, Kind.FAULT}),
    Kind.RESULT: frozenset({Kind.END}),
    Kind.FAULT: frozenset({Kind.END}),
    Kind.FAILURE: frozenset(),
    Kind.END: frozenset(),
}


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


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, checked.

    Attributes:
        kind: what it is.
        meta: the JSON object.
        array: float64, C order, owned by the receiver; a 0-d zero where the kind carries none.
        data: raw bytes, empty where the kind carries none.
    """

    kind: Kind
    meta: dict[str, Any]
    array: NDArray[np.float64]
    data: bytes


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
    """

    def __init__(self, read_fd: int, write_fd: int, *, timed: bool) -> None:
        self.read_fd, self.write_fd = read_fd, write_fd
        self.deadline = math.inf  # on the clock of time.monotonic()
        self._timed = timed
        if timed:
            os.set_blocking(read_fd, False)
            os.set_blocking(write_fd, False)

    def send(
        self,
        kind: Kind,
        meta: Mapping[str, Any] | None = None,
        array: NDArray[np.float64] | None = None,
        data: bytes = b"",
    ) -> None:
        """Write one frame.

        Raises:
            PeerGone, DeadlineReached: it could not be written whole.
        """
        text = json.dumps(meta or {}, separators=(",", ":"), allow_nan=False).encode()
        shape: tuple[int, ...] = ()
        payload = memoryview(data)
        if array is not None:
            shape = array.shape
            payload = _bytes_of(np.ascontiguousarray(array, dtype=_FLOAT))
        head = HEADER.pack(MAGIC, kind, len(shape), 0, len(text), payload.nbytes)
        self._write(memoryview(head + struct.pack(f"<{len(shape)}Q", *shape) + text))
        self._write(payload)

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
        magic, number, dimensions, zero, meta_bytes, data_bytes = HEADER.unpack(self._read(HEADER.size))
        kind = _checked_kind(magic, number, zero, expected)
        if meta_bytes > caps.meta_bytes:
            raise FrameTooLarge(kind, meta_bytes, caps.meta_bytes)
        if data_bytes > caps.data_bytes:
            raise FrameTooLarge(kind, data_bytes, caps.data_bytes)
        shape = self._shape(kind, dimensions, data_bytes, caps)
        if admit is not None:
            admit(kind, shape)
        meta = _parse(self._read(meta_bytes))
        array = np.empty(shape if kind in _WITH_ARRAY else (), dtype=_FLOAT)
        data = b""
        if kind in _WITH_ARRAY:
            self._fill(_bytes_of(array))
        elif kind in _WITH_BYTES:
            data = self._read(data_bytes)
        return Frame(kind, meta, array, data)

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
        shape = struct.unpack(f"<{dimensions}Q", self._read(8 * dimensions))
        if 8 * math.prod(max(length, 1) for length in shape) > max(caps.data_bytes, 8):
            raise FrameError(f"an array of shape {shape} is above the cap of {caps.data_bytes} bytes")
        if 8 * math.prod(shape) != data_bytes:
            raise FrameError(f"an array of shape {shape} does not take {data_bytes} bytes")
        return shape

    def _read(self, size: int) -> bytes:
        buffer = bytearray(size)
        self._fill(memoryview(buffer))
        return bytes(buffer)

    def _fill(self, view: memoryview) -> None:
        while len(view):
            self._in_time()
            try:
                count = os.readv(self.read_fd, [view[:_MAX_VECTORS]])
            except BlockingIOError:
                self._wait(self.read_fd, select.POLLIN)
                continue
            except OSError as error:
                raise PeerGone(str(error)) from error
            if count == 0:
                raise PeerGone("the stream ended")
            view = view[count:]

    def _write(self, view: memoryview) -> None:
        while len(view):
            self._in_time()
            try:
                view = view[os.write(self.write_fd, view[:_MAX_VECTORS]) :]
            except BlockingIOError:
                self._wait(self.write_fd, select.POLLOUT)
            except OSError as error:
                raise PeerGone(str(error)) from error

    def _in_time(self) -> None:
        if self._timed and time.monotonic() >= self.deadline:
            raise DeadlineReached

    def _wait(self, fd: int, event: int) -> None:
        left = self.deadline - time.monotonic()
        poller = select.poll()
        poller.register(fd, event)
        poller.poll(None if math.isinf(left) else max(0, math.ceil(left * 1000)))


def _bytes_of(array: NDArray[np.float64]) -> memoryview:
    """Return a contiguous array's own memory as bytes; memoryview.cast refuses arrays without elements."""
    return memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type] # arrays are buffers; not in 3.11's stubs


def _checked_kind(magic: bytes, number: int, zero: int, expected: Collection[Kind]) -> Kind:
    if magic != MAGIC or zero != 0:
        raise FrameError("bytes that are not a frame")
    try:
        kind = Kind(number)
    except ValueError:
        raise FrameError(f"a frame of the unknown kind {number}") from None
    if kind not in expected:
        raise FrameError(f"a {kind.name} frame where {_names(expected)} was due")
    return kind


def _names(kinds: Collection[Kind]) -> str:
    return " or ".join(kind.name for kind in sorted(kinds)) or "nothing"


def _parse(text: bytes) -> dict[str, Any]:
    """Decode the JSON part; whatever it does to the parser is the peer's doing."""
    try:
        meta = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a JSON part that does not parse: {type(error).__name__}") from None
    if not isinstance(meta, dict):
        raise FrameError("a JSON part that is not an object")
    return meta


def _no_constant(name: str) -> float:
    raise ValueError(name)
