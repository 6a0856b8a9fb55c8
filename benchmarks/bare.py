"""The floor: a numpy process that runs a program in a fork of itself, or once, with no isolation at all.

``bare.py zygote SITE CONTROL`` forks for each message on a Unix socket that carries two pipes and a memory file;
``bare.py once SITE IN OUT MEMORY`` runs one. Arrays travel raw behind a 17-byte header. For `benchmarks/sandbox.py`
alone, which sends it a program of its own.
"""

from __future__ import annotations

import array
import mmap
import os
import socket
import struct
import sys

if __name__ == "__main__":
    sys.path.append(sys.argv[2])

import numpy as np
import numpy.random  # numpy imports it late, which a fork would do again each time

HEADER = struct.Struct("<BQQ")  # kind, rows, columns; (0, length, 0) for a source
SCORE, RESULT = 1, 2


def read_exactly(descriptor: int, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        view = view[os.readv(descriptor, [view]) :]
    return data


def read_array(descriptor: int, shape: tuple[int, ...]) -> np.ndarray:
    made = np.empty(shape)
    view = memoryview(made).cast("B")
    while view:
        view = view[os.readv(descriptor, [view]) :]
    return made


def write_array(descriptor: int, kind: int, rows: np.ndarray) -> None:
    pieces = [HEADER.pack(kind, len(rows), rows.shape[1] if rows.ndim == 2 else 0), memoryview(rows).cast("B")]
    left = sum(len(piece) for piece in pieces)
    left -= os.writev(descriptor, pieces)
    while left:
        left -= os.write(descriptor, pieces[1][-left:])


class Model:
    def __init__(self, inward: int, outward: int) -> None:
        self.inward, self.outward = inward, outward

    def predict_score(self, rows: np.ndarray) -> np.ndarray:
        write_array(self.outward, SCORE, np.ascontiguousarray(rows))
        return read_array(self.inward, (len(rows),))


def answer(inward: int, outward: int, memory: int) -> None:
    _, size, columns = HEADER.unpack(read_exactly(inward, HEADER.size))
    source = bytes(read_exactly(inward, size))
    pages = mmap.mmap(memory, 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
    namespace: dict[str, object] = {}
    exec(compile(source, "program.py", "exec"), namespace)
    X = np.frombuffer(pages, dtype="<f8").reshape(-1, columns)
    rows = namespace["run"](1000, X, np.random.default_rng(1), Model(inward, outward))  # type: ignore[operator] # ours
    write_array(outward, RESULT, rows)


def zygote(control: socket.socket) -> None:
    control.send(b"ready")
    while True:
        message, ancillary, _, _ = control.recvmsg(100, socket.CMSG_SPACE(12))
        if not message:
            return
        descriptors = array.array("i", ancillary[0][2])
        child = os.fork()
        if child == 0:
            answer(*descriptors)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        os.waitpid(child, 0)
        control.send(b"done")


if __name__ == "__main__":
    if sys.argv[1] == "zygote":
        zygote(socket.socket(fileno=int(sys.argv[3])))
    else:
        answer(*map(int, sys.argv[3:]))
