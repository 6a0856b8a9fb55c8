"""The channel between two honest ends: what is sent arrives, and what goes wrong is told apart."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmdas_sandbox.frames import STEPS, Caps, Channel, DeadlineReached, FrameError, FrameTooLarge, Kind, PeerGone, due


def channels(timed: bool = True) -> tuple[Channel, Channel]:
    (a, b), (c, d) = os.pipe(), os.pipe()
    return Channel(a, d, timed=timed), Channel(c, b, timed=timed)


def close(*ends: Channel) -> None:
    for descriptor in (fd for end in ends for fd in (end.read_fd, end.write_fd)):
        os.close(descriptor)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, 12), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3),
    st.booleans(),
)
def test_frames_arrive_as_they_were_sent_one_after_the_other(
    shape: list[int], meta: dict[str, object], timed: bool
) -> None:
    here, there = channels(timed)
    array = np.random.default_rng(0).normal(size=shape)
    caps = Caps(1 << 12, 1 << 18)

    def send() -> None:
        here.send(Kind.FAULT, meta)
        here.send(Kind.SCORE, None, array, number=7)
        here.send(Kind.SOURCE, data=b"x" * 70_000)
        here.send(Kind.SCORES, None, array.T)

    sender = threading.Thread(target=send)
    sender.start()
    fault, score, source, scores = (there.receive(tuple(Kind), caps) for _ in range(4))
    sender.join()
    assert fault.meta == meta
    assert (score.number, score.array.shape) == (7, tuple(shape))
    assert source.data == b"x" * 70_000
    for got, sent in ((score.array, array), (scores.array, array.T)):
        assert np.array_equal(got, sent)
        assert got.flags.c_contiguous
        assert got.flags.writeable
    close(here, there)


def test_silence_a_large_frame_a_wrong_one_and_the_end_are_told_apart() -> None:
    here, there = channels()
    there.deadline = time.monotonic() + 0.05
    with pytest.raises(DeadlineReached):
        there.receive((Kind.HELLO,), Caps(10, 10))
    there.deadline = float("inf")
    here.send(Kind.HELLO)
    with pytest.raises(FrameError, match="a HELLO frame where END was due"):
        there.receive((Kind.END,), Caps(100, 80))
    here.send(Kind.RESULT, {}, np.ones(100))
    with pytest.raises(FrameTooLarge, match="800 bytes, at most 80"):
        there.receive((Kind.RESULT,), Caps(100, 80))
    close(here, there)


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("sent", [b"", b"LDSB"])
def test_end_of_the_stream_is_told_whether_it_comes_between_frames_or_within(timed: bool, sent: bytes) -> None:
    here, there = channels(timed)
    os.write(here.write_fd, sent)
    os.close(here.write_fd)
    with pytest.raises(PeerGone):
        there.receive((Kind.END,), Caps(100, 80))
    os.close(here.read_fd)
    with pytest.raises(PeerGone):
        there.send(Kind.HELLO)
    assert there.writing
    close(there)


def test_each_frame_says_who_sends_it_and_the_two_sides_never_speak_at_once_while_the_program_runs() -> None:
    assert set(STEPS) == set(Kind)
    assert due(None, "guest") == {Kind.HELLO}
    assert due(Kind.END, "guest") == due(Kind.FAILURE, "guest") == frozenset()
    for last in (Kind.READY, Kind.SCORE, Kind.SCORES, Kind.REFUSED, Kind.RESULT, Kind.FAULT):
        assert not (due(last, "guest") and due(last, "host"))
    assert due(Kind.SCORE, "host") == {Kind.SCORES, Kind.REFUSED}
