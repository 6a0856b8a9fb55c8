"""The self-check's half inside the sandbox: tries what a guest must not be able to do, and says what happened.

It takes no program: the host sends names and limits only. It runs where a program would: in the interpreter of a fresh
guest, or in a child that a warm one forked. What is tried before the second filter shows what namespaces, container and
first filter do by themselves; what is tried under it shows that filter. Where a kernel of the guest's own answers
(gVisor), reports about filters are not believed: only what happens counts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import stat
import struct
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

from llmdas_sandbox.frames import Caps, Channel, Kind
from llmdas_sandbox.guest import lockdown, probe_limits, probe_network
from llmdas_sandbox.guest.probe_tools import (
    LIBC,
    Calls,
    Measured,
    error_of,
    measured,
    name_of,
    told,
    told_of,
    under_second_filter,
)

_PR_GET_SECCOMP, _PR_CAPBSET_READ, _PR_GET_NO_NEW_PRIVS = 21, 23, 39
_CAPGET = {"x86_64": 125, "aarch64": 90}
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_TIOCSTI, _MONOTONIC, _ASK_PERSONALITY = 0x5412, 1, 0xFFFFFFFF
_CAPABILITY_VERSION_3 = 0x20080522
_NEW_USER, _MS_REMOUNT, _ATTACH = 0x10000000, 32, 16
_MQUEUE = "/dev/mqueue"  # docker mounts it; RLIMIT_MSGQUEUE is 0
_GIVEN = frozenset({"HOME", "HOSTNAME", "PATH", "PWD"})  # set by the engines themselves
_HARMLESS = frozenset({"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"})  # runtime-spec: devices
_EMULATED = frozenset({"fuse", "tun"})  # gVisor's kernel makes its own; neither is the host's
_NUMBERS = range(3, 1024)
_SETTINGS = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/vm/drop_caches",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
)


def probe(channel: Channel, alive: tuple[int, ...] | None = None) -> NoReturn:
    """Say hello, measure, report, end.

    Args:
        channel: the conversation.
        alive: what `main.end_with_host` gave where this is a child of a warm guest; called here when None.
    """
    if alive is None:
        from llmdas_sandbox.guest.main import ALIVE, end_with_host

        alive = end_with_host(ALIVE)
    channel.send(Kind.HELLO)
    meta = channel.receive((Kind.JOB,), Caps(1 << 16, 0)).meta
    keep = (channel.read_fd, channel.write_fd, *alive)
    checks = _plain(meta, keep, alive)
    if meta["full"]:
        checks += _driven(meta)
    seen = {"host_user": _host_user(), "namespaces": _namespaces(meta), "kernel": os.uname().release}
    waiting, filtered, answers = threading.Event(), threading.Event(), [0]
    other = threading.Thread(target=_other_thread, args=(waiting, filtered, answers), daemon=True)
    other.start()
    waiting.wait()
    lockdown.set_limits(meta["limits"])
    lockdown.close_all_but(keep)
    lockdown.filter_calls()
    filtered.set()
    other.join()
    checks.append(_second_filter(answers[0]))
    channel.send(Kind.REPORT, {"checks": checks, **seen})
    os._exit(0)


def _plain(meta: dict[str, Any], keep: tuple[int, ...], alive: tuple[int, ...]) -> list[Measured]:
    """Measure what takes no longer than a few system calls each."""
    checks = [_identity(), _capabilities(), _privileges(), _root(), _settings(), _devices(meta), _hidden(meta)]
    checks += [_environment(meta), _sockets(meta), *_descriptors(keep, alive, meta["warm"])]
    checks += [probe_network.no_network(), probe_network.no_sockets()]
    return checks if meta["own_kernel"] else [*checks, _first_filter()]


def _driven(meta: dict[str, Any]) -> list[Measured]:
    """Measure what takes children, waiting or a second guest."""
    checks = [probe_network.no_dns(meta["name_servers"]), probe_network.host_sockets(meta["listening"])]
    checks += [probe_network.other_runs(meta["others"]), _killed()]
    checks.append(probe_limits.open_files(meta))
    if not meta["gpu"]:
        checks += [probe_limits.memory(meta), probe_limits.storage(meta, _writable(_folders("/")))]
    if not meta["own_kernel"]:
        checks.append(probe_limits.processes(meta))
        if meta["cgroup_bytes"]:
            checks.append(probe_limits.memory_cgroup(meta))
    if meta["warm"]:
        checks += [_zygote(os.getppid()), _earlier(meta)]
    return checks


def _identity() -> Measured:
    users, groups = os.getresuid(), os.getgroups()
    nobody = 0 not in users and 0 not in os.getresgid() and 0 not in groups
    return measured("not_root", nobody, f"user {users[0]}, group {os.getgid()}, supplementary groups {groups}")


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


def _capabilities() -> Measured:
    header = ctypes.create_string_buffer(struct.pack("<Ii", _CAPABILITY_VERSION_3, 0))
    sets = ctypes.create_string_buffer(24)
    answer = LIBC.syscall(_CAPGET[platform.machine()], header, sets)
    words = struct.unpack("<6I", sets.raw)
    held = words[0] | words[1] | words[2] | words[3] | words[4] | words[5]
    bounding = sum(LIBC.prctl(_PR_CAPBSET_READ, number, 0, 0, 0) == 1 for number in range(64))
    seen = f"held: {f'{held:#x}' if held else 'none'}; could be gained (bounding set): {bounding or 'none'} of 64"
    return measured("no_capabilities", answer == 0 and held == 0 and bounding == 0, seen)


def _privileges() -> Measured:
    value = LIBC.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
    return measured("no_new_privileges", value == 1, f"no_new_privs is {value} (1: no call can raise rights)")


def _first_filter() -> Measured:
    """Look for our filter, in this thread and in another.

    Any engine's own profile refuses a user namespace and a key ring too. The four calls of our table alone do no harm
    where they are allowed: Docker's profile has allowed them since 1.10 (profiles/seccomp/default.json).
    """
    calls: Calls = {
        "personality": lambda: LIBC.personality(ctypes.c_ulong(_ASK_PERSONALITY)),
        "timerfd_create": lambda: _closed(LIBC.timerfd_create(_MONOTONIC, 0)),
        "inotify_init1": lambda: _closed(LIBC.inotify_init1(0)),
        "ioctl(TIOCSTI)": lambda: LIBC.ioctl(-1, ctypes.c_ulong(_TIOCSTI), None),  # EBADF where no filter answers
    }
    answers: list[tuple[int, int, int, dict[str, int]]] = []

    def look() -> None:
        mode = LIBC.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)
        key = error_of(lambda: LIBC.syscall(_KEYCTL[platform.machine()], 0, -3, 0, 0, 0))
        ours = {name: error_of(call) for name, call in calls.items()}
        answers.append((mode, error_of(lambda: LIBC.unshare(_NEW_USER)), key, ours))

    look()
    other = threading.Thread(target=look)
    other.start()
    other.join()
    refused = (errno.EPERM, errno.ENOSYS)
    held = all(
        mode == 2 and space != 0 and key in refused and set(ours.values()) <= set(refused)
        for mode, space, key, ours in answers
    )
    (mode, space, key, ours), alike = answers[0], answers[0] == answers[1]
    table = told({name: name_of(answer) for name, answer in ours.items()})
    seen = f"calls that our table alone refuses: {table}; new user namespace: {name_of(space)}"
    seen += f"; key ring: {name_of(key)}; seccomp mode {mode}"
    return measured("first_filter", held, f"{seen}; another thread {'alike' if alike else answers[1]}")


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return descriptor


def _root() -> Measured:
    """Try to make a file in every folder there is, and to make the root writable."""
    folders = _folders("/")
    writable = _writable(folders)
    remounted = error_of(lambda: LIBC.mount(None, b"/", None, _MS_REMOUNT, None)) == 0
    strange = [folder for folder in writable if folder != _MQUEUE]
    seen = f"{told_of(strange, len(folders))} folders {_takes(strange)} a file"
    if _MQUEUE in writable:
        seen += f"; {_MQUEUE}, which the engine mounts, takes queues of 0 bytes and is not counted"
    return measured("read_only_root", not remounted and not strange, f"{seen}{'; REMOUNTED' if remounted else ''}")


def _takes(found: Sequence[object]) -> str:
    return "take" if len(found) > 1 else "takes"


def _writable(folders: list[str]) -> list[str]:
    return [folder for folder in folders if _can_write(folder)]


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


def _settings() -> Measured:
    """Try to open what tunes the host's kernel for writing; nothing is written."""
    opened = []
    for place in _SETTINGS:
        try:
            os.close(os.open(place, os.O_WRONLY))
        except OSError:
            continue
        opened.append(place)
    return measured("kernel_settings_closed", not opened, f"{told_of(opened, len(_SETTINGS))} opened for writing")


def _devices(meta: dict[str, Any]) -> Measured:
    """Look for device files other than those that every container has and that reach no hardware."""
    harmless = _HARMLESS | _EMULATED if meta["own_kernel"] else _HARMLESS
    seen, count = [], 0
    for folder, _, files in os.walk("/dev"):
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 # pathlib is not in the root
            try:
                mode = os.lstat(path).st_mode
            except OSError:
                continue
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                count += 1
                seen += [path] if name not in harmless and not _is_gpu(path, meta) else []
    if not count:
        return measured("no_devices", True, "no device file at all in /dev")
    other = f"{told_of(seen, count)} device files is another than {' '.join(sorted(harmless))}"
    return measured("no_devices", not seen, other)


def _is_gpu(path: str, meta: dict[str, Any]) -> bool:
    return bool(meta["gpu"]) and path.startswith(("/dev/nvidia", "/dev/dri/", "/dev/kfd"))


def _hidden(meta: dict[str, Any]) -> Measured:
    seen = [place for place in meta["hidden"] if os.path.exists(place)]  # noqa: PTH110 # pathlib is not in the root
    return measured("host_files_hidden", not seen, f"{told_of(seen, len(meta['hidden']))} places on the host seen")


def _environment(meta: dict[str, Any]) -> Measured:
    strange = sorted(set(os.environ) - set(meta["environment"]) - _GIVEN)
    seen = f"{told_of(strange, len(os.environ))} variables is one that neither we nor the engine gave"
    return measured("host_environment_hidden", not strange, seen)


def _sockets(meta: dict[str, Any]) -> Measured:
    seen = [place for place in meta["engine_sockets"] if os.path.exists(place)]  # noqa: PTH110 # pathlib is not in the root
    return measured("no_engine_socket", not seen, f"{told_of(seen, len(meta['engine_sockets']))} places seen")


def _descriptors(keep: tuple[int, ...], alive: tuple[int, ...], warm: bool) -> list[Measured]:
    """Look at every descriptor; none but the channel's may be open, and none but the channel's a socket."""
    strange, sockets = [], []
    for descriptor in _NUMBERS:
        try:
            mode = os.fstat(descriptor).st_mode
        except OSError:
            continue
        if descriptor not in keep:
            strange.append(descriptor)
            sockets += [descriptor] if stat.S_ISSOCK(mode) else []
    known = "the channel" + (" and the FIFO's reading end that ends the guest with its host" if alive else "")
    others = len(_NUMBERS) - len(set(keep))
    checks = [
        measured(
            "no_inherited_descriptors",
            not strange,
            f"{told_of(strange, others)} other descriptors is open beside {known}",
        )
    ]
    if warm:
        checks.append(
            measured(
                "no_control_socket",
                not sockets,
                f"{told_of(sockets, others)} descriptors beside the channel is a socket",
            )
        )
    return checks


def _killed() -> Measured:
    """In children under the second filter, make calls that no program needs; each child must be killed."""
    empty = (ctypes.c_char_p * 1)(None)
    parent = os.getpid()
    calls: Calls = {
        "socket": lambda: LIBC.socket(2, 1, 0),
        "kill": lambda: LIBC.kill(parent, 0),
        "ptrace": lambda: LIBC.ptrace(_ATTACH, parent, None, None),
        "fork": LIBC.fork,
        "execve": lambda: LIBC.execve(b"/", empty, empty),
        "unlink": lambda: LIBC.unlink(b"/probe"),
        "memfd_create": lambda: LIBC.memfd_create(b"probe", 0),
        "shmget": lambda: LIBC.shmget(0, 4096, 0o1600),
        "prctl": lambda: LIBC.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0),
        "mount": lambda: LIBC.mount(None, b"/", None, _MS_REMOUNT, None),
    }
    answers = under_second_filter(calls)
    return measured("filter_kills", all(answer == "killed" for answer in answers.values()), told(answers))


def _zygote(zygote: int) -> Measured:
    """In children under the second filter, reach for the guest that forked this one, which has the same user."""
    vector = (ctypes.c_size_t * 2)()
    calls: Calls = {
        "signal": lambda: LIBC.kill(zygote, 0),
        "trace": lambda: LIBC.ptrace(_ATTACH, zygote, None, None),
        "memory": lambda: LIBC.process_vm_readv(zygote, vector, 1, vector, 1, 0),
        "files": lambda: LIBC.open(f"/proc/{zygote}/mem".encode(), 0),
    }
    answers = under_second_filter(calls)
    held = all(answer in ("killed", "EPERM") for answer in answers.values())
    return measured("zygote_out_of_reach", held, told(answers))


def _earlier(meta: dict[str, Any]) -> Measured:
    """Look for the mark that a program before this one left in a module it shared by copy."""
    found = hasattr(sys.modules["numpy"], meta["mark"])
    seen = "there" if found else "gone"
    return measured("earlier_programs_gone", not found, f"the mark that the program before left in numpy is {seen}")


def _second_filter(other: int) -> Measured:
    here = error_of(lambda: LIBC.open(b"/", 0))
    seen = f"opening a file: {name_of(here)}; in another thread: {name_of(other)}"
    return measured("second_filter", here == errno.EPERM and other == errno.EPERM, seen)


def _other_thread(waiting: threading.Event, filtered: threading.Event, answer: list[int]) -> None:
    waiting.set()
    filtered.wait()
    answer[0] = error_of(lambda: LIBC.open(b"/", 0))
