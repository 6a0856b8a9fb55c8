"""The probe's part on networks, sockets and other runs; what a guest must not reach is tried, not read."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from llmdas_sandbox.guest.probe_tools import LIBC, Measured, error_of, measured, name_of, told, under_second_filter

_UNIX, _INET, _INET6 = 1, 2, 10
_STREAM, _DGRAM, _RAW, _SEQPACKET = 1, 2, 3, 5
_FAMILIES = {
    "unix": (_UNIX, _STREAM), "inet": (_INET, _STREAM), "inet6": (_INET6, _STREAM), "netlink": (16, _RAW),
    "packet": (17, _RAW), "alg": (38, _SEQPACKET), "vsock": (40, _STREAM),
}  # fmt: skip
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)
_REACHED = ("success", "an answer", "sent")
_NO_SOCKET = "no socket"
_REFUSED = ("EPERM", "EACCES", "ENOSYS")
_QUERY = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + b"\7invalid\0" + struct.pack(">2H", 1, 1)  # RFC 6761: never a host


def no_network() -> Measured:
    """Connect datagram sockets, which needs a route and sends nothing, to addresses that are kept for documentation."""
    v4 = struct.pack("<H", _INET) + struct.pack(">H", 9) + bytes([192, 0, 2, 1]) + bytes(8)
    v6 = struct.pack("<H", _INET6) + struct.pack(">H", 9) + bytes(4) + bytes.fromhex("20010db8") + bytes(12) + bytes(4)
    answers = {"IPv4": _connected(_INET, _DGRAM, v4), "IPv6": _connected(_INET6, _DGRAM, v6)}
    interfaces = sorted(_interfaces())
    held = all(answer.startswith(_NO_SOCKET) or answer in map(name_of, _NO_WAY) for answer in answers.values())
    seen = f"{_answered(answers)}; interfaces: {' '.join(interfaces) or 'not to be seen'}"
    return measured("no_network", held and set(interfaces) <= {"lo"}, seen)


def no_dns(servers: list[str]) -> Measured:
    """Ask each of the host's name servers, and those that engines put in, about a name that cannot exist."""
    answers = {server: _asked(server) for server in servers}
    held = not set(answers.values()) & set(_REACHED)
    return measured("no_dns", held, _answered(answers))


def no_sockets() -> Measured:
    """Ask for a socket of each family before the second filter, and in children under it."""

    def made(family: int, kind: int) -> int:
        descriptor: int = LIBC.socket(family, kind, 0)
        if descriptor >= 0:
            os.close(descriptor)
        return descriptor

    calls: dict[str, Callable[[], int]] = {name: partial(made, *about) for name, about in _FAMILIES.items()}
    pair = (ctypes.c_int * 2)()
    calls["pair"] = lambda: LIBC.socketpair(_UNIX, _STREAM, 0, pair)
    before = {name: name_of(error_of(call)) for name, call in calls.items() if name != "pair"}
    after = under_second_filter(calls)
    held = all(answer == "killed" for answer in after.values())
    return measured("no_sockets", held, f"{told(after)} (before the second filter {told(before)})")


def host_sockets(listening: dict[str, Any]) -> Measured:
    """Try to reach what the host listens on for this check: an abstract name, a loopback port, a path."""
    loopback = struct.pack("<H", _INET) + struct.pack(">H", listening["port"]) + bytes([127, 0, 0, 1]) + bytes(8)
    answers = {
        "abstract": _connected(_UNIX, _STREAM, struct.pack("<H", _UNIX) + b"\0" + listening["abstract"].encode()),
        "path": _connected(_UNIX, _STREAM, struct.pack("<H", _UNIX) + listening["path"].encode() + b"\0"),
        "loopback": _connected(_INET, _STREAM, loopback),
    }
    return measured("host_sockets_unreachable", "success" not in answers.values(), _answered(answers))


def other_runs(others: dict[str, Any]) -> Measured:
    """Look for another guest that lives at the same time: its processes, memory and places."""
    mine = (os.getpid(), os.getppid())
    seen = []
    for pid in [pid for pid in others["pids"] if pid not in mine]:
        if _lives(pid):
            seen.append(f"process {pid}")
        if _memory_of(pid) not in ("ESRCH", *_REFUSED):
            seen.append(f"memory of {pid}")
    seen += [place for place in others["places"] if os.path.exists(place)]  # noqa: PTH110 # pathlib is not in the root
    looked = f"none of another run's {len(others['pids'])} processes and {len(others['places'])} places seen"
    return measured(
        "other_runs_hidden", not seen and bool(others["pids"]), f"seen: {', '.join(seen)}" if seen else looked
    )


def _lives(pid: int) -> bool:
    return error_of(lambda: LIBC.kill(pid, 0)) != errno.ESRCH


def _memory_of(pid: int) -> str:
    buffer = ctypes.create_string_buffer(8)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    return name_of(error_of(lambda: LIBC.process_vm_readv(pid, vector, 1, vector, 1, 0)))


def _answered(answers: dict[str, str]) -> str:
    """Return answers in words, with who gave them: where there is no socket, no namespace was asked."""
    words = {}
    for name, answer in answers.items():
        refused = answer.startswith(_NO_SOCKET)
        filtered = refused and ("EPERM" in answer or "ENOSYS" in answer)
        who = "" if answer in _REACHED else "by first filter, " if filtered else "by namespaces, "
        words[name] = f"{who}{answer}"
    return told(words)


def _connected(family: int, kind: int, address: bytes) -> str:
    descriptor = LIBC.socket(family, kind, 0)
    if descriptor < 0:
        return f"{_NO_SOCKET} ({name_of(ctypes.get_errno())})"
    answer = name_of(error_of(lambda: LIBC.connect(descriptor, address, len(address))))
    os.close(descriptor)
    return answer


def _asked(server: str) -> str:
    descriptor = LIBC.socket(_INET, _DGRAM, 0)
    if descriptor < 0:
        return f"{_NO_SOCKET} ({name_of(ctypes.get_errno())})"
    try:
        address = struct.pack("<H", _INET) + struct.pack(">H", 53) + bytes(map(int, server.split("."))) + bytes(8)
        LIBC.setsockopt(descriptor, 1, 20, struct.pack("@qq", 0, 300_000), 16)  # SO_RCVTIMEO, 0.3 seconds
        refused = error_of(lambda: LIBC.connect(descriptor, address, len(address)))
        if refused:
            return name_of(refused)
        os.write(descriptor, _QUERY)
        return "an answer" if os.read(descriptor, 512) else "nothing"
    except OSError as error:
        return "sent" if error.errno == errno.EAGAIN else name_of(error.errno or 0)
    finally:
        os.close(descriptor)


def _interfaces() -> set[str]:
    try:
        with open("/proc/net/dev") as file:  # noqa: PTH123 # pathlib is not in the root
            return {line.split(":")[0].strip() for line in file if ":" in line}
    except OSError:
        return set()
