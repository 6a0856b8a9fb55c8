"""Messages and descriptors over a Unix socket that this process already holds or may connect to (unix(7), cmsg(3)).

Through the C library and not through the module `socket`, so that the root file system need not carry it.
"""

from __future__ import annotations

import ctypes
import os
import struct

MAX_MESSAGE = 1 << 16
MAX_DESCRIPTORS = 16
STREAM, MESSAGES = 1, 5  # SOCK_STREAM, SOCK_SEQPACKET
_AF_UNIX, _SOL_SOCKET, _SCM_RIGHTS = 1, 1, 1
_MSG_CMSG_CLOEXEC = 0x40000000
_MSG_TRUNCATED = 0x20 | 0x08  # MSG_TRUNC, MSG_CTRUNC
_HEADER = struct.Struct("@Nii")  # cmsg_len, cmsg_level, cmsg_type


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(_Vector)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


def connect(path: str, kind: int = MESSAGES) -> int:
    """Return a descriptor of a new socket of a kind (`STREAM`, `MESSAGES`) that is connected to `path`.

    Raises:
        OSError: it cannot be had.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor: int = libc.socket(_AF_UNIX, kind, 0)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "no socket")
    address = struct.pack("@H108s", _AF_UNIX, path.encode())
    if libc.connect(descriptor, address, len(address)) != 0:
        raise OSError(ctypes.get_errno(), f"no connection to {path}")
    return descriptor


def receive(descriptor: int) -> tuple[bytes, list[int]]:
    """Wait for one message; returns its bytes, empty at the end, and the descriptors that came with it.

    Raises:
        OSError: the socket failed, or a message or its descriptors were cut off.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.recvmsg.restype = ctypes.c_ssize_t
    data = ctypes.create_string_buffer(MAX_MESSAGE)
    control = ctypes.create_string_buffer(_HEADER.size + 4 * MAX_DESCRIPTORS + 16)
    vector = _Vector(ctypes.addressof(data), MAX_MESSAGE)
    message = _Message(None, 0, ctypes.pointer(vector), 1, ctypes.addressof(control), len(control), 0)
    size = libc.recvmsg(descriptor, ctypes.byref(message), _MSG_CMSG_CLOEXEC)
    if size < 0:
        raise OSError(ctypes.get_errno(), "no message")
    if message.flags & _MSG_TRUNCATED:
        raise OSError(0, "a message was cut off")
    return data.raw[:size], _descriptors(control.raw[: message.control_length])


def _descriptors(control: bytes) -> list[int]:
    found: list[int] = []
    while len(control) >= _HEADER.size:
        length, level, kind = _HEADER.unpack_from(control)
        if length < _HEADER.size:
            break
        if (level, kind) == (_SOL_SOCKET, _SCM_RIGHTS):
            count = (length - _HEADER.size) // 4
            found += struct.unpack_from(f"@{count}i", control, _HEADER.size)
        control = control[(length + 7) // 8 * 8 :]
    return found


def send(descriptor: int, data: bytes) -> None:
    """Send one message without descriptors.

    Raises:
        OSError: the peer is gone.
    """
    os.write(descriptor, data)
