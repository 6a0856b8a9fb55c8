"""Arrays in sealed memory files: written once by the host, mapped by any number of guests (memfd_create(2))."""

from __future__ import annotations

import fcntl
import mmap
import os
import weakref
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from llmdas_sandbox.interface import Rows, real_numbers

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


class Memory:
    """A memory file that is closed with the last reference to this object, and that no copy can outlive."""

    __slots__ = ("__weakref__", "descriptor")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def __reduce__(self) -> NoReturn:
        raise TypeError("Shared rows cannot be sent to another process: send the array and share it there.")


@dataclass(frozen=True, slots=True, eq=False)
class SharedRows(Rows):
    """A float64 array argument that was copied to sealed memory once and is shared, not copied, by all warm guests.

    For large arrays and many programs; elsewhere it is what `Rows` is. Made by `share`; its memory is given back when
    nothing refers to it any more. It cannot be pickled.

    Attributes:
        value: the array, read-only, in that memory.
        kept: the memory file.
    """

    kept: Memory

    @property
    def memory(self) -> int:
        """Descriptor of the memory file."""
        return self.kept.descriptor


def share(array: ArrayLike) -> SharedRows:
    """Copy an array, taken as float64 of at most four dimensions, to memory that no one can change.

    Later changes of the array are not seen.

    Raises:
        OSError: there is no memory for it.
        ValueError: it is no array of real numbers, or has more dimensions.
    """
    numbers = real_numbers("The array", array)
    kept = Memory(sealed(numbers))
    pages = mmap.mmap(kept.descriptor, numbers.nbytes, mmap.MAP_PRIVATE, mmap.PROT_READ) if numbers.size else b""
    return SharedRows(np.frombuffer(pages, dtype="<f8").reshape(numbers.shape), kept)
