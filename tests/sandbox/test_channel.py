"""The channel between two honest ends: what is sent arrives, and what goes wrong is told apart."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmdas_sandbox.frames import Caps, Channel, DeadlineReached, FrameError, FrameTooLarge, Kind, PeerGone


def channels(timed: bool = True) -> tuple[Channel, Channel]:
    (a, b), (c, d) = os.pipe(), os.pipe()
    return Channel(a, d, timed=timed), Channel(c, b, timed=timed)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 4), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3),
)
def test_frame_arrives_as_it_was_sent(shape: list[int], meta: dict[str, object]) -> None:
    here, there = channels()
    array = np.random.default_rng(0).normal(size=shape)
    here.send(Kind.RESULT, meta, array)
    got = there.receive((Kind.RESULT,), Caps(1 << 12, 1 << 16))
    assert got.meta == meta
    assert got.array.shape == tuple(shape)
    assert np.array_equal(got.array, array)
    for fd in (here.read_fd, here.write_fd, there.read_fd, there.write_fd):
        os.close(fd)


def test_channel_errors_are_told_apart() -> None:
    here, there = channels()
    there.deadline = time.monotonic() + 0.05
    with pytest.raises(DeadlineReached):
        there.receive((Kind.HELLO,), Caps(10, 10))
    there.deadline = float("inf")
    here.send(Kind.RESULT, {}, np.ones(100))
    with pytest.raises(FrameTooLarge, match="800 bytes, at most 80"):
        there.receive((Kind.RESULT,), Caps(100, 80))
    here.send(Kind.HELLO)
    os.close(here.write_fd)
    with pytest.raises(FrameError):
        there.receive((Kind.END,), Caps(100, 80))
    while os.read(there.read_fd, 4096):
        pass
    with pytest.raises(PeerGone):
        there.receive((Kind.END,), Caps(100, 80))
