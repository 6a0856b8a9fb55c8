"""The self-check's half inside the sandbox: tries what a guest must not be able to do, and says what happened.

It takes no program: the host sends names and limits only. What is measured before the second filter shows what
namespaces, container and first filter do by themselves; what is measured after it shows that filter.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
import threading
from collections.abc import Callable
from typing import Any

from llmdas_sandbox.frames import Caps, Channel, Kind
from llmdas_sandbox.guest import lockdown

_PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS = 21, 39
_CAPGET = {"x86_64": 125, "aarch64": 90}
_CAPABILITY_VERSION_3 = 0x20080522
_AF_INET, _SOCK_STREAM, _MS_REMOUNT = 2, 1, 32
_MQUEUE = "/dev/mqueue"  # docker mounts it; RLIMIT_MSGQUEUE is 0
_GIVEN = frozenset({"HOME", "HOSTNAME", "PATH", "PWD"})  # set by the engines themselves
_MEGABYTE = 1 << 20

_LIBC = ctypes.CDLL(None, use_errno=True)

Check = tuple[str, bool, str]


def probe(channel: Channel) -> None:
    """Say hello, measure, report, end."""
    channel.send(Kind.HELLO)
    meta = channel.receive((Kind.JOB,), Caps(1 << 16, 0)).meta
    keep = (channel.read_fd, channel.write_fd)
    checks = [_identity(), _capabilities(), _privileges(), _first_filter(), _root(), _hidden(meta), _environment(meta)]
    checks += [_network(), _sockets(meta), _descriptors(keep)]
    if meta["full"]:
        checks += [_cgroup_memory(meta), _fork_limit(meta), _memory_limit(meta), _killed()]
    seen = {"host_user": _host_user(), "namespaces": _namespaces(meta)}
    waiting, filtered, answer = threading.Event(), threading.Event(), [0]
    other = threading.Thread(target=_other_thread, args=(waiting, filtered, answer), daemon=True)
    other.start()
    waiting.wait()
    lockdown.set_limits(meta["limits"])
    lockdown.close_all_but(keep)
    lockdown.filter_calls()
    filtered.set()
    other.join()
    checks.append(_second_filter(answer[0]))
    channel.send(Kind.REPORT, {"checks": checks, **seen})
    os._exit(0)


def _identity() -> Check:
    users, groups = os.getresuid(), os.getgroups()
    nobody = 0 not in users and 0 not in os.getresgid() and 0 not in groups
    return "not_root", nobody, f"user {users[0]}, group {os.getgid()}, supplementary groups {groups}"


def _host_user() -> str:
    """Return this user's number one user namespace further out, where /proc tells (user_namespaces(7))."""
    try:
        with open("/proc/self/uid_map") as file:  # noqa: PTH123 # pathlib is not in the root
            for line in file:
                inside, outside, count = map(int, line.split())
                if 0 <= os.getuid() - inside < count:
                    return str(outside + os.getuid() - inside)
    except OSError:
        pass
    return ""


def _namespaces(meta: dict[str, Any]) -> dict[str, str]:
    seen = {}
    for name in meta["namespaces"]:
        try:
            seen[name] = os.readlink(f"/proc/self/ns/{name}")  # noqa: PTH115 # no path
        except OSError:
            continue
    return seen


def _capabilities() -> Check:
    header = ctypes.create_string_buffer(struct.pack("<Ii", _CAPABILITY_VERSION_3, 0))
    sets = ctypes.create_string_buffer(24)
    answer = _LIBC.syscall(_CAPGET[platform.machine()], header, sets)
    words = struct.unpack("<6I", sets.raw)
    held = words[0] | words[1] | words[2] | words[3] | words[4] | words[5]
    return "no_capabilities", answer == 0 and held == 0, f"effective, permitted and inheritable sets {held:#x}"


def _privileges() -> Check:
    value = _LIBC.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
    return "no_new_privileges", value == 1, f"no_new_privs is {value}"


def _first_filter() -> Check:
    mode = _LIBC.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)
    refused = _error_of(lambda: _LIBC.unshare(0x10000000))
    passed = mode == 2 and refused != 0
    return "first_filter", passed, f"seccomp mode {mode}; a new user namespace is answered {_name(refused)}"


def _root() -> Check:
    """Try to make a file in every folder there is, and to make the root writable."""
    writable = [folder for folder in _folders("/") if _can_write(folder)]
    remounted = _error_of(lambda: _LIBC.mount(None, b"/", None, _MS_REMOUNT, None)) == 0
    passed = not remounted and not [folder for folder in writable if folder != _MQUEUE]
    return "read_only_root", passed, f"writable folders: {', '.join(writable) or 'none'}"


def _folders(top: str) -> list[str]:
    found = [top]
    for folder, children, _ in os.walk(top):
        children[:] = [child for child in children if (folder, child) != ("/", "proc")]
        found += [os.path.join(folder, child) for child in children]  # noqa: PTH118 # pathlib is not in the root
    return found + [place for place in ("/proc", "/proc/sys/kernel") if os.path.isdir(place)]  # noqa: PTH112 # see above


def _can_write(folder: str) -> bool:
    path = f"{folder.rstrip('/')}/probe"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except OSError:
        return False
    os.close(descriptor)
    os.unlink(path)  # noqa: PTH108 # pathlib is not in the root
    return True


def _hidden(meta: dict[str, Any]) -> Check:
    seen = [place for place in meta["hidden"] if os.path.exists(place)]  # noqa: PTH110 # pathlib is not in the root
    return (
        "host_files_hidden",
        not seen,
        f"of {len(meta['hidden'])} places on the host seen: {', '.join(seen) or 'none'}",
    )


def _environment(meta: dict[str, Any]) -> Check:
    strange = sorted(set(os.environ) - set(meta["environment"]) - _GIVEN)
    return "host_environment_hidden", not strange, f"variables that were not given: {', '.join(strange) or 'none'}"


def _network() -> Check:
    """Open a socket and connect to TEST-NET-1 (RFC 5737), which needs a route; no packet may leave."""
    libc = _LIBC
    descriptor = libc.socket(_AF_INET, _SOCK_STREAM, 0)
    if descriptor < 0:
        return "no_network", True, f"a socket is answered {_name(ctypes.get_errno())}"
    address = struct.pack("<H", _AF_INET) + struct.pack(">H", 9) + bytes([192, 0, 2, 1]) + bytes(8)
    answer = _error_of(lambda: libc.connect(descriptor, address, len(address)))
    os.close(descriptor)
    interfaces = _interfaces()
    passed = answer == errno.ENETUNREACH and interfaces <= {"lo"}
    return "no_network", passed, f"connect is answered {_name(answer)}; interfaces {', '.join(sorted(interfaces))}"


def _interfaces() -> set[str]:
    try:
        with open("/proc/net/dev") as file:  # noqa: PTH123 # pathlib is not in the root
            return {line.split(":")[0].strip() for line in file if ":" in line}
    except OSError:
        return set()


def _sockets(meta: dict[str, Any]) -> Check:
    seen = [place for place in meta["engine_sockets"] if os.path.exists(place)]  # noqa: PTH110 # pathlib is not in the root
    return "no_engine_socket", not seen, f"engine sockets seen: {', '.join(seen) or 'none'}"


def _descriptors(keep: tuple[int, ...]) -> Check:
    strange = []
    for descriptor in range(3, 1024):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        if descriptor not in keep:
            strange.append(descriptor)
    return "no_inherited_descriptors", not strange, f"descriptors beside the channel: {strange or 'none'}"


def _cgroup_memory(meta: dict[str, Any]) -> Check:
    """Touch more than the memory cgroup allows in a child, before any limit on address space is set."""
    if not meta["cgroup_bytes"]:
        return "memory_cgroup", True, "not a control of this backend; see memory_limit"
    target = meta["cgroup_bytes"] + 64 * _MEGABYTE

    def touch() -> None:
        held = [bytearray(os.urandom(16)) * _MEGABYTE for _ in range(-(-target // (16 * _MEGABYTE)))]
        os._exit(len(held) and 7)

    code = _in_child(touch)
    return "memory_cgroup", code == -signal.SIGKILL, f"a child that touched {target} bytes ended with {code}"


def _fork_limit(meta: dict[str, Any]) -> Check:
    """Start processes in a child until that is refused, and a bounded number in any case."""
    allowed = int(meta["limits"]["processes"])

    def spread() -> None:
        lockdown.set_limits(meta["limits"])
        reading, writing = os.pipe()
        for count in range(allowed + 8):
            try:
                if os.fork() == 0:
                    os.close(writing)
                    os.read(reading, 1)  # until the parent is gone
                    os._exit(0)
            except OSError:
                os._exit(count)
        os._exit(255)

    code = _in_child(spread)
    return "process_limit", 0 <= code <= allowed, f"of at most {allowed} processes, the fork after {code} was refused"


def _memory_limit(meta: dict[str, Any]) -> Check:
    wanted = int(meta["limits"]["memory_bytes"]) + _MEGABYTE

    def take() -> None:
        lockdown.set_limits(meta["limits"])
        try:
            bytearray(wanted)
        except MemoryError:
            os._exit(3)
        os._exit(7)

    code = _in_child(take)
    return (
        "memory_limit",
        code == 3,
        f"taking {wanted} bytes at once {'was refused' if code == 3 else f'ended with {code}'}",
    )


def _killed() -> Check:
    """In a child under the second filter, call what has no rule: the child must be killed."""

    def call() -> None:
        lockdown.filter_calls()
        _LIBC.socket(_AF_INET, _SOCK_STREAM, 0)
        os._exit(7)

    code = _in_child(call)
    return "filter_kills", code == -signal.SIGSYS, f"a child that asked for a socket ended with {code}"


def _second_filter(other: int) -> Check:
    here = _error_of(lambda: _LIBC.open(b"/", 0))
    passed = here == errno.EPERM and other == errno.EPERM
    return "second_filter", passed, f"opening a file is answered {_name(here)}, in another thread {_name(other)}"


def _other_thread(waiting: threading.Event, filtered: threading.Event, answer: list[int]) -> None:
    waiting.set()
    filtered.wait()
    answer[0] = _error_of(lambda: _LIBC.open(b"/", 0))


def _in_child(action: Callable[[], None]) -> int:
    """Run in a fork and return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _error_of(call: Callable[[], int]) -> int:
    """Return errno of a failed call, 0 when it succeeded."""
    ctypes.set_errno(0)
    return ctypes.get_errno() if call() < 0 else 0


def _name(number: int) -> str:
    return errno.errorcode.get(number, "success" if number == 0 else str(number))
