"""What `benchmarks/sandbox.py` compares with: processes without isolation, and other tools' sandboxes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
from bare import HEADER, RESULT, read_array, read_exactly

import llmdas_sandbox
from llmdas_sandbox import Limits
from llmdas_sandbox.memory import sealed
from llmdas_sandbox.session import Ending

BARE = Path(__file__).with_name("bare.py")
PEERS = Path(__file__).parent / "peers" / "sandboxes.py"
SITE = str(Path(np.__file__).parents[1])
PACKAGES = Path(llmdas_sandbox.__file__).parents[1]
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
SOURCE = b"""
import numpy as np


def run(n, X, rng, model):
    out = np.empty((n, X.shape[1]))
    sd = X.std(axis=0)
    for k in range(20):
        chosen = X[rng.integers(0, X.shape[0], size=n // 20)]
        out[k * n // 20 : (k + 1) * n // 20] = chosen + rng.normal(size=chosen.shape) * sd
        model.predict_score(X[k * 50 : k * 50 + 1000])
    return out
"""
X = np.random.default_rng(0).normal(size=(10_000, 20))
UNCONFINED = """
import sys
sys.path += sys.argv[1:3]
from llmdas_sandbox.guest import lockdown, program, warm, zygote
warm.LIBRARIES = {}  # as in the root, which has none
lockdown.filter_calls = lambda: None
lockdown.set_limits = lambda limits, on_end: None
zygote.serve_many(int(sys.argv[3]), program.Restricted())
"""


def score(rows: np.ndarray) -> np.ndarray:
    return rows[:, 0]


class Bare:
    """A numpy process without any isolation that forks for each program."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", BARE, "zygote", SITE, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=ENVIRONMENT,
        )
        theirs.close()
        self.control.recv(100)

    def run(self, source: bytes, rows: np.ndarray = X) -> np.ndarray:
        inward, write_fd = os.pipe()
        read_fd, outward = os.pipe()
        memory = sealed(rows)
        socket.send_fds(self.control, [b"run"], [inward, outward, memory])
        for descriptor in (inward, outward, memory):
            os.close(descriptor)
        made = talk(read_fd, write_fd, source, rows)
        self.control.recv(100)
        return made

    def close(self) -> None:
        self.control.close()
        self.process.wait()


def talk(read_fd: int, write_fd: int, source: bytes, rows: np.ndarray) -> np.ndarray:
    """Hold the host's side of the bare conversation."""
    os.write(write_fd, HEADER.pack(0, len(source), rows.shape[1]) + source)
    while True:
        kind, count, width = HEADER.unpack(read_exactly(read_fd, HEADER.size))
        found = read_array(read_fd, (count, width) if width else (count,))
        if kind == RESULT:
            break
        os.write(write_fd, np.ascontiguousarray(score(found)).data)
    os.close(read_fd)
    os.close(write_fd)
    return found


def plain_subprocess() -> None:
    """One interpreter for one program, no isolation."""
    inward, write_fd = os.pipe()
    read_fd, outward = os.pipe()
    memory = sealed(X)
    theirs = (inward, outward, memory)
    command = [sys.executable, "-I", "-S", BARE, "once", SITE, *map(str, theirs)]
    process = subprocess.Popen(command, pass_fds=theirs, env=ENVIRONMENT)
    for descriptor in theirs:
        os.close(descriptor)
    talk(read_fd, write_fd, SOURCE, X)
    process.wait()


class Unconfined:
    """Our own guest as a process of the host, nothing confined: a floor, for the program above only."""

    backend = guest = "none"

    def launch_zygote(self, limits: Limits) -> Unconfined:
        started = Unconfined()
        started.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-S", "-c", UNCONFINED, SITE, str(PACKAGES), str(theirs.fileno())]
        started.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=ENVIRONMENT)
        theirs.close()
        return started

    def zygote_size(self, limits: Limits) -> tuple[int, ...]:
        return ()

    def end(self, grace: float = 0.0) -> Ending:
        self.control.close()
        self.process.kill()
        return Ending(self.process.wait())

    def out_of_memory(self) -> bool:
        return False

    def host_pid(self) -> int:
        return self.process.pid

    def close(self) -> None:
        """Nothing is held."""


class Peer:
    """Another tool's sandbox, in the environment that has it."""

    def __init__(self, python: Path, name: str) -> None:
        self.process = subprocess.Popen(
            [python, PEERS, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def run(self) -> None:
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        if not self.process.stdout.readline():
            raise SystemExit("a peer failed")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
