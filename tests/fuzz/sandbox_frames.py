"""Coverage-guided fuzzing of the sandbox's host side: bytes from a hostile guest into the real conversation.

Usage, in the environment that `atheris_gate.py` describes:

    fuzzenv/bin/python tests/fuzz/sandbox_frames.py --seconds 60 --artefacts artefacts --corpus corpus

One input is all that a guest ever says; it lies in a pipe when `session.converse` begins, and the stream ends after.
Checked each time: a value or a fault, or the failure of a guest that never was ready; a value only where a second,
independent reading of the same bytes (`reading`) finds a whole conversation with that result; the guest ended; in time.
Kept and reported as in `atheris_gate.py`: findings as ``finding-*`` with their traceback beside them, libFuzzer's own
``crash-*`` and the like, one JSON object as the last line, exit status 1 when something was found. One artefact again:
``python tests/fuzz/sandbox_frames.py --again artefacts/finding-1a2b3c``
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import random
import re
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MAX_LEN = 32_768  # fits into a pipe, so that nobody has to write while the host reads
WALL_S, GRACE_S = 5.0, 10.0
_HEAD = struct.Struct("<4sBBHIQ")
_HELLO, _READY, _SCORE, _RESULT, _FAULT, _FAILURE, _END = 1, 5, 6, 9, 10, 11, 12


def frame(kind: int, text: bytes = b"", data: bytes = b"", shape: tuple[int, ...] = (), number: int = 0) -> bytes:
    """Return one well-formed frame."""
    head = _HEAD.pack(b"LDSB", kind, len(shape), number, len(text), len(data))
    return head + struct.pack(f"<{len(shape)}Q", *shape) + text + data


def seeds() -> list[bytes]:
    """Return whole conversations and beginnings of some."""
    start, one = frame(_HELLO) + frame(_READY), struct.pack("<3d", 1.0, 2.0, 3.0)
    score = frame(_SCORE, b"", one, (1, 3))
    nan = frame(_SCORE, b"", struct.pack("<3d", 1.0, float("nan"), 3.0), (1, 3))
    result, end = frame(_RESULT, b"", one, (3,)), frame(_END, b'{"printed":3,"cpu_s":0.5,"peak_bytes":100000}')
    told = b'{"kind":"exception","exception":"ValueError","message":"m","line":3,"limit":""}'
    limit = b'{"kind":"limit","limit":"printed_bytes","actual":7,"message":"m"}'
    return [
        start + result + end,
        start + score + nan + score + result + end,
        start + frame(_RESULT, b"", b"", (0, 3)) + frame(_END),
        start + frame(_RESULT, b"", one[:8]) + end,
        start + frame(_FAULT, told) + end,
        start + score + frame(_FAULT, limit) + end,
        frame(_HELLO) + frame(_FAILURE, b'{"message":"OSError: no"}'),
        frame(_HELLO) + frame(_FAULT, told) + end,
        start + score * 4,
        start,
    ]


def reading(data: bytes) -> bytes | None:
    """Return the result's bytes where `data` is a whole conversation that ends with one, by a reader of its own."""
    kinds, result = "", b""
    while data:
        if len(data) < _HEAD.size:
            return None
        magic, kind, dimensions, _, text, size = _HEAD.unpack_from(data)
        whole = _HEAD.size + 8 * dimensions + text + size
        if magic != b"LDSB" or len(data) < whole:
            return None
        kinds += {_HELLO: "h", _READY: "r", _SCORE: "s", _RESULT: "R", _END: "e"}.get(kind, "?")
        result = data[whole - size : whole] if kind == _RESULT else result
        data = data[whole:]
    return result if re.fullmatch("hrs*Re", kinds) else None


def checker() -> Callable[[bytes], None]:
    """Return the function that plays one input and raises where something is wrong."""
    session, interface, limits, failure = (
        importlib.import_module(f"llmdas_sandbox.{name}") for name in ("session", "interface", "limits", "failure")
    )
    frames, np = importlib.import_module("llmdas_sandbox.frames"), importlib.import_module("numpy")
    rows = interface.Rows(np.ones((4, 3)))
    bounds = limits.Limits(wall_s=WALL_S, frame_bytes=1 << 20, output_bytes=1 << 16, callback_calls=3, callback_rows=50)
    given = {"model": interface.Proxy({"predict_score": lambda X: X.sum(axis=1)}), "X": rows}
    request = interface.Request(b"", "", "run", given, None, bounds)

    class Said:
        """A guest that has said all and listens to nothing."""

        shared = frozenset({"X"})

        def __init__(self, data: bytes) -> None:
            read_fd, outward = os.pipe()
            self.inward, write_fd = os.pipe()
            os.write(outward, data)
            os.close(outward)
            self.channel = frames.Channel(read_fd, write_fd, timed=True)
            self.mine = [read_fd, write_fd, self.inward]

        def host_pid(self) -> int:
            return 0

        def end(self, grace: float = 0.0) -> Any:
            while self.mine:
                os.close(self.mine.pop())
            return session.Ending(137)

    def check(data: bytes) -> None:
        guest, started, outcome = Said(data[:MAX_LEN]), time.monotonic(), None
        with contextlib.suppress(failure.SandboxFailure):
            outcome = session.converse(guest, request)
        assert not guest.mine, "the guest was not ended"
        assert time.monotonic() - started < WALL_S + GRACE_S, "not in time"
        if outcome is None:
            assert not data.startswith(frame(_HELLO) + frame(_READY)), "our failure although a program ran"
            return
        value, fault, usage = outcome
        assert (value is None) != (fault is None), "neither or both of value and fault"
        assert fault is None or fault.message.isprintable(), "a message that is not printable"
        assert min(usage.cpu_s, usage.peak_bytes, usage.printed) >= 0, "a figure below 0"
        if value is not None:
            assert value.tobytes() == reading(data[:MAX_LEN]), "a value that the bytes do not give"

    return check


def mutation(data: bytes, chance: random.Random) -> bytes:
    """Return bytes made of frames that are nearly right, put in somewhere or after."""
    kind = chance.choice([_HELLO, _READY, _SCORE, _RESULT, _FAULT, _FAILURE, _END, chance.randrange(256)])
    shape = tuple(chance.choice([0, 1, 3, 50, 51, 1 << 20, 1 << 61]) for _ in range(chance.randrange(5)))
    text = chance.choice([b"", b"{}", b'{"kind":"limit","limit":"cpu_s"}', b"[" * 3000, b'{"a":1e999}', b"\xff"])
    size = chance.choice([0, 8, 24, 400, chance.randrange(1 << 64)])
    head = _HEAD.pack(b"LDSB", kind, len(shape), chance.choice([0, 0, 0, 1, 65535]), len(text), size)
    made = head + struct.pack(f"<{len(shape)}Q", *shape) + text + bytes(min(size, 400))
    place = chance.choice([0, len(data), chance.randrange(len(data) + 1), len(frame(_HELLO) + frame(_READY))])
    return data[:place] + made + data[place + chance.choice([0, 0, len(made)]) :]


def main() -> int:
    """Parse the command line, run the fuzzer in a child process, print its figures; return the exit status."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of the sandbox's host side.")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--artefacts", type=Path, help="where findings go (default: a new temporary folder)")
    parser.add_argument("--corpus", type=Path, help="where the corpus grows (default: a temporary folder)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the mutations; 0 for a new one")
    parser.add_argument("--again", type=Path, help="play one artefact and show what is wrong with it")
    parser.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.again is not None:
        sys.path[:0] = [str(ROOT), str(ROOT / "sandbox")]
        checker()(options.again.read_bytes())
        return 0
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write("SKIPPED: atheris is not installed here, so the sandbox's frames were NOT fuzzed.\n")
        return 0
    return supervise(options) if options.child is None else fuzz(options)


def supervise(options: argparse.Namespace) -> int:
    """Run the child, show what libFuzzer says, count what it found, print one JSON object."""
    sys.path[:0] = [str(ROOT), str(ROOT / "sandbox")]
    watch = importlib.import_module("tests.fuzz.atheris_gate").watch
    with tempfile.TemporaryDirectory() as scratch:
        artefacts = options.artefacts or Path(tempfile.mkdtemp(prefix="llmdas-fuzz-"))
        corpus = options.corpus or Path(scratch, "corpus")
        for folder in (artefacts, corpus):
            folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (corpus / f"seed-{number}").write_bytes(seed)
        arguments = [
            str(corpus), f"-artifact_prefix={artefacts}/", f"-max_total_time={options.seconds}", "-rss_limit_mb=1024",
            "-timeout=30", f"-max_len={MAX_LEN}", f"-seed={options.seed}", "-print_final_stats=1", "-len_control=0",
            "-close_fd_mask=1",
        ]  # fmt: skip
        before = set(artefacts.iterdir())
        figures = watch([sys.executable, __file__, "--artefacts", str(artefacts), "--child", *arguments])
        found = sorted(path.name for path in set(artefacts.iterdir()) - before if path.suffix != ".txt")
        print(json.dumps({**figures, "findings": found, "artefacts": str(artefacts)}, sort_keys=True))
    return 1 if found or figures["status"] else 0


def fuzz(options: argparse.Namespace) -> int:
    """Run libFuzzer in this process; it ends the process itself."""
    import atheris

    sys.path[:0] = [str(ROOT), str(ROOT / "sandbox")]
    with atheris.instrument_imports(include=["llmdas_sandbox", "json"]):
        check = checker()
    seen: set[str] = set()

    def once(data: bytes) -> None:
        try:
            check(data)
        except Exception as error:  # whatever it is, it is written down and fuzzing goes on
            note(data, error, options.artefacts, seen)

    def mutate(data: bytes, max_size: int, number: int) -> bytes:
        chance = random.Random(number)
        made = bytes(atheris.Mutate(data, max_size)) if chance.random() < 0.5 else mutation(data, chance)
        return made[:max_size]

    atheris.Setup([sys.argv[0], *options.child], once, custom_mutator=mutate, internal_libfuzzer=True)
    atheris.Fuzz()
    return 0


def note(data: bytes, error: Exception, artefacts: Path, seen: set[str]) -> None:
    """Write down the first input of each kind of failure, with its traceback."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"
    if kind in seen:
        return
    seen.add(kind)
    name = f"finding-{hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]}"
    (artefacts / name).write_bytes(data)
    (artefacts / f"{name}.txt").write_text(
        "".join(traceback.format_exception(error)), encoding="utf-8", errors="replace"
    )
    os.write(2, f"FOUND {name}: {kind}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
