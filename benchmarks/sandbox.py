"""What isolation costs, in one alternating run: ``benchmarks/sandbox.py [--peers VENV]``.

One program (1,000 rows of 20 columns made of 10,000, with 20 score calls of 1,000 rows that the host answers) goes to
each variant in turn, again and again; figures are medians in milliseconds from request to checked array, the guest's
end included. Floors have no isolation at all: a fork of a numpy process with the least conversation that does the job;
a fork of our own guest, nothing confined, so that the ratio to it is what isolation costs; and a subprocess that
imports numpy. Then steady throughput, round trips of score calls, a large input, and the start of a zygote. Peers are
what `benchmarks/peers/sandboxes.py` finds in another environment. Other work on the machine shows in every figure;
ratios suffer less.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from floors import PEERS, SOURCE, Bare, Peer, Unconfined, X, plain_subprocess, score

from llmdas.contract import load_contract
from llmdas.execution import _guest_policy
from llmdas.policy import load_policy
from llmdas_sandbox import Limits, Request, SandboxFailure
from llmdas_sandbox.bubblewrap import BubblewrapSandbox, _spawn
from llmdas_sandbox.interface import Generator, GuestPolicy, Proxy, Rows, Sandbox, Scalar
from llmdas_sandbox.many import run_many
from llmdas_sandbox.memory import share
from llmdas_sandbox.open import BACKENDS, LEVELS, open_sandbox
from llmdas_sandbox.rootfs_build import ENTRY
from llmdas_sandbox.warm import WarmSandbox, Zygote

NUMPY = "import sys; sys.path.append('/guest'); import numpy.random, os; os._exit(0)"
ROUND_TRIPS = b"""
import time
import numpy as np


def run(n, X, rng, model):
    rows = X[:n]
    took = []
    for _ in range(40):
        started = time.perf_counter()
        model.predict_score(rows)
        took.append(time.perf_counter() - started)
    return np.array(took)
"""
LARGE = b"""
import numpy as np


def run(n, X, rng, model):
    return X.sum(axis=0)
"""
GUARDS = _guest_policy(load_policy(), load_contract())
FLOORS = ("bare fork", "fork of our guest, nothing confined", "plain subprocess")
Runs = dict[str, Callable[[], None]]


def request(
    source: bytes,
    *,
    rows: np.ndarray | Rows = X,
    n: int = 1000,
    policy: GuestPolicy | None = None,
    limits: Limits | None = None,
) -> Request:
    given = rows if isinstance(rows, Rows) else Rows(rows)
    arguments = {"n": Scalar(n), "X": given, "rng": Generator(1), "model": Proxy({"predict_score": score})}
    return Request(source, hashlib.sha256(source).hexdigest(), "run", arguments, policy, limits or Limits())


def peers(stack: ExitStack, environment: Path | None) -> Runs:
    """Return what is installed there and can run."""
    if environment is None:
        return {}
    python = environment / "bin" / "python"
    listed = subprocess.run([python, PEERS, "list"], capture_output=True, text=True, check=True).stdout.split()
    found = {name: Peer(python, name) for name in listed}
    for peer in found.values():
        stack.callback(peer.close)
    return {f"{name} (scores inside)": peer.run for name, peer in found.items()}


def opened(stack: ExitStack) -> dict[str, Sandbox]:
    """Return every backend at every level that is to be had here."""
    boxes: dict[str, Sandbox] = {}
    for backend in BACKENDS:
        for level in LEVELS:
            try:
                boxes[f"{backend} {level}"] = stack.enter_context(open_sandbox(backend, level=level))
            except SandboxFailure as error:
                print(f"  {backend} {level}: not here ({error.problem})")
    return boxes


def ran(box: Sandbox, wanted: Request) -> np.ndarray:
    result = box.execute(wanted)
    if result.value is None:
        raise SystemExit(f"{box.backend} {box.level}: {result.fault}")
    return result.value


def alternate(variants: Runs, rounds: int, skip: int = 2) -> dict[str, float]:
    """Run the variants in turn and return the median of each, in seconds."""
    took: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + skip):
        for name, run in variants.items():
            started = time.perf_counter()
            run()
            if number >= skip:
                took[name].append(time.perf_counter() - started)
    return {name: statistics.median(values) for name, values in took.items()}


def latency(boxes: dict[str, Sandbox], bare: Bare, others: Runs, rounds: int) -> None:
    own = WarmSandbox(Unconfined(), recycle=10_000)
    variants: Runs = {
        "bare fork": lambda: check(bare.run(SOURCE)),
        "fork of our guest, nothing confined": lambda: check(ran(own, request(SOURCE))),
        "plain subprocess": plain_subprocess,
    }
    for name, box in boxes.items():
        variants[name] = lambda box=box: check(ran(box, request(SOURCE)))  # type: ignore[misc] # bound at once
        if box.level == "warm":
            variants[f"{name}, guards"] = lambda box=box: check(ran(box, request(SOURCE, policy=GUARDS)))  # type: ignore[misc] # likewise
    medians = alternate(variants | others, rounds)
    own.close()
    print(f"\none program, {rounds} alternating rounds{'':14} median    x bare fork   x our guest   x plain subprocess")
    for name, seconds in medians.items():
        against = [seconds / medians[floor] for floor in FLOORS]
        print(f"  {name:44} {seconds * 1e3:8.1f} ms {against[0]:10.2f} {against[1]:13.2f} {against[2]:14.2f}")


def check(rows: np.ndarray) -> None:
    if rows.shape != (1000, 20) or not np.isfinite(rows).all():
        raise SystemExit("a variant gave other rows")


def throughput(boxes: dict[str, Sandbox], workers: int, seconds: float) -> None:
    print(f"\nsteady state, {workers} workers, programs/s")
    for name, box in boxes.items():
        for label, policy in (("", None), (", guards", GUARDS)):
            print(f"  {name + label:44} {rate(box, workers, seconds, policy):8.1f}")


def rate(box: Sandbox, workers: int, seconds: float, policy: GuestPolicy | None) -> float:
    """Return programs per second after the workers' first ones."""
    end = [time.perf_counter() + 60.0]

    def wanted() -> Iterator[Request]:
        while time.perf_counter() < end[0]:
            yield request(SOURCE, policy=policy)

    done, started = 0, 0.0
    for number, item in enumerate(run_many(box, wanted(), workers=workers)):
        if item.result is None or item.result.value is None:
            raise SystemExit(f"{box.backend} {box.level}: {item.failure or item.result}")
        if number == 2 * workers:
            started = time.perf_counter()
            end[0] = started + seconds
        done += number > 2 * workers
    return done / (time.perf_counter() - started)


def round_trips(boxes: dict[str, Sandbox], bare: Bare) -> None:
    print("\nscore call, median us" + "".join(f"{rows:>14,} rows" for rows in (1, 1000, 100_000)))
    wide = np.random.default_rng(0).normal(size=(100_000, 20))
    limits = Limits(callback_rows=10_000_000)
    for name, run in {
        "bare fork (raw pipe)": lambda n: bare.run(ROUND_TRIPS.replace(b"X[:n]", b"X[:%d]" % n), wide),
        **{
            name: lambda n, box=box: ran(box, request(ROUND_TRIPS, rows=wide, n=n, limits=limits))
            for name, box in boxes.items()
            if box.level == "warm"
        },
    }.items():
        took = [statistics.median([float(np.median(run(n))) for _ in range(5)]) * 1e6 for n in (1, 1000, 100_000)]
        print(f"  {name:24}" + "".join(f"{value:14,.1f}     " for value in took))


def large_input(boxes: dict[str, Sandbox]) -> None:
    rows = np.random.default_rng(0).normal(size=(1_000_000, 30))
    print(f"\n{rows.nbytes / 1e6:.0f} MB input, summed by the program{'':12} as it is         shared")
    for name, box in boxes.items():
        shared = share(rows)  # the copy is made once, for all runs
        medians = alternate(
            {
                "as it is": lambda box=box: summed(box, Rows(rows)),  # type: ignore[misc] # bound at once
                "shared": lambda box=box, shared=shared: summed(box, shared),  # type: ignore[misc] # likewise
            },
            5,
            1,
        )
        print(f"  {name:40} {medians['as it is'] * 1e3:10.0f} ms {medians['shared'] * 1e3:10.0f} ms")


def summed(box: Sandbox, rows: Rows) -> None:
    result = box.execute(request(LARGE, rows=rows))
    if result.value is None:
        raise SystemExit(f"{box.backend} {box.level}: {result.fault}")


def zygote_start(rounds: int) -> None:
    """Compare a zygote that is ready with an interpreter that has imported numpy, in the same root under bubblewrap."""
    with BubblewrapSandbox() as box:
        command = box._command("once", 3, 4, ())
        for option in ("--seccomp", "--info-fd"):
            place = command.index(option)
            del command[place : place + 2]
        interpreter = command.index("--") + 1
        command[interpreter:] = [*command[interpreter : command.index(ENTRY)], "-c", NUMPY]
        variants: Runs = {
            "python and numpy": lambda: import_once(command),
            "zygote": lambda: ended(Zygote(box.launch_zygote(Limits()))),
        }
        medians = alternate(variants, rounds)
    print("\nstart and end under bubblewrap, median")
    for name, seconds in medians.items():
        print(f"  {name:44} {seconds * 1e3:8.1f} ms {seconds / medians['python and numpy']:10.2f}")


def import_once(command: list[str]) -> None:
    process = _spawn(tuple(command), (), 2)
    if process.wait() != 0:
        raise SystemExit("numpy cannot be imported in the root")


def ended(zygote: Zygote) -> None:
    zygote.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each throughput figure")
    parser.add_argument("--peers", type=Path, help="environment with other tools' sandboxes")
    options = parser.parse_args()
    versions = f"numpy {np.__version__}, Python {sys.version.split()[0]}"
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {versions}")
    with ExitStack() as stack:
        boxes = opened(stack)
        bare = Bare()
        stack.callback(bare.close)
        latency(boxes, bare, peers(stack, options.peers), options.rounds)
        round_trips(boxes, bare)
        large_input(boxes)
        throughput(boxes, options.workers, options.seconds)
        zygote_start(options.rounds)
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
