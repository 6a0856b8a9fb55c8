"""A host process that a test starts, interrupts or kills; its words are BACKEND LEVEL CACHE WHAT.

It says one word as soon as it is where the test wants it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np

from llmdas_sandbox import Limits, Sandbox
from llmdas_sandbox.rootfs import ensure_root
from tests.sandbox.census import Census, census, opened
from tests.sandbox.programs import arguments, request

LONG = Limits(wall_s=60, cpu_s=60)


def say(word: object) -> None:
    print(word, flush=True)


def running(box: Sandbox, work: str) -> None:
    """Run a program that tells when it is in the middle, and never ends."""

    def tell(rows: np.ndarray) -> np.ndarray:
        say("running")
        return rows.sum(axis=1)

    box.execute(request(f"model.predict_score(X)\nwhile True:\n    {work}", LONG, given=arguments(tell)))


def idle(box: Sandbox) -> None:
    """Run a program to its end and then wait."""
    assert box.execute(request("return X")).fault is None
    say("idle")
    time.sleep(60)


def unclosed(box: Sandbox) -> None:
    """Run a program, and end without closing anything."""
    assert box.execute(request("return X")).fault is None
    say("done")


def outlived(box: Sandbox) -> None:
    """Run programs in a thread that is not done when the main one is; some begin only then."""

    def work() -> None:
        for owner in ("a", "b"):
            result = box.execute(request("model.predict_score(X)\nreturn X", given=arguments(slow), owner=owner))
            say("done" if result.fault is None else result.fault)

    def slow(rows: np.ndarray) -> np.ndarray:
        time.sleep(0.5)
        return rows.sum(axis=1)

    threading.Thread(target=work).start()


def settled() -> Census:
    """The census without the connections to the engine, of which its client keeps one for each address, at most 25."""
    found = census()
    found.descriptors.pop("socket", None)
    return found


def forked(box: Sandbox) -> None:
    """Use the sandbox in a child too; then see that the parent's is as it was."""
    assert box.execute(request("return X")).fault is None
    before = settled()
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(Exception):
            code = 2 if box.execute(request("return X + 1")).fault else 0
            mine = census()
            code = code or (0 if mine.children or mine.containers else 3)  # it did not use the parent's guest
            box.close()
        gc.collect()
        sys.exit(code)  # with everything that happens at the end of a process
    assert os.waitpid(child, 0)[1] == 0
    assert settled() == before, f"{settled()} is not {before}"
    for _ in range(3):
        assert box.execute(request("return X")).fault is None
    assert settled() == before, "the parent did not go on with its own guest"
    box.close()
    say("done")


def many(backend: str, level: str, cache: str) -> None:
    """Open, run and close again and again; each opening removes what dead processes left, and nothing else."""
    for number in range(2):
        with opened(backend, level, ensure_root(Path(cache))) as box:
            assert box.execute(request("return X")).fault is None, number
    say("done")


def main(backend: str, level: str, cache: str, what: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores Ctrl-C
    if what == "many":
        return many(backend, level, cache)
    box = opened(backend, level, ensure_root(Path(cache)))
    if what in ("byte code", "C"):
        return running(box, "pass" if what == "byte code" else "max(range(10 ** 12))")
    return {"idle": idle, "unclosed": unclosed, "forked": forked, "outlived": outlived}[what](box)


if __name__ == "__main__":
    main(*sys.argv[1:])
