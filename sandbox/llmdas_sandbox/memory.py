"""Arrays in sealed memory files: written once by the host, mapped by any number of guests (memfd_create(2))."""

from __future__ import annotations

import fcntl
import mmap
import os
import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmdas_sandbox.interface import Rows

_PIECE = 1 << 24
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def sealed(array: NDArray[np.float64]) -> int:
    """Return a memory file, sealed against any change, with the array's little-endian float64 values in C order.

    Raises:
        OSError: there is no memory for it.
    """
    data = memoryview(np.ascontiguousarray(array, dtype="<f8").reshape(-1).view(np.uint8))  # type: ignore[arg-type] # arrays are buffers; not in 3.11's stubs
    memory = os.memfd_create("rows", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        while data:
            data = data[os.write(memory, data[:_PIECE]) :]
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(memory)
        raise
    return memory


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class SharedRows(Rows):
    """A float64 array argument that was copied to sealed memory once and is shared, not copied, by all warm guests.

    For large arrays and many programs; elsewhere it is what `Rows` is. Made by `share`; its memory is given back when
    nothing refers to it any more.

    Attributes:
        value: the array, read-only, in that memory.
        memory: descriptor of the memory file.
    """

    memory: int


def share(array: NDArray[np.float64]) -> SharedRows:
    """Copy an array, float64 of any shape, to memory that no one can change; later changes of it are not seen.

    Raises:
        OSError: there is no memory for it.
    """
    memory = sealed(array)
    pages = mmap.mmap(memory, array.nbytes, mmap.MAP_PRIVATE, mmap.PROT_READ) if array.size else b""
    shared = SharedRows(np.frombuffer(pages, dtype="<f8").reshape(array.shape), memory)
    weakref.finalize(shared, os.close, memory)
    return shared
