"""Runs the guest's probe at the level that programs will get, and looks at it from outside meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.faults import clean, figure
from llmdas_sandbox.frames import Caps, Channel, DeadlineReached, FrameError, Kind, PeerGone
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Request, Rows
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.owner import PREFIX
from llmdas_sandbox.rootfs_build import ENVIRONMENT
from llmdas_sandbox.session import GRACE_SECONDS, START_SECONDS, Guest, converse, not_started
from llmdas_sandbox.traces import LISTENING
from llmdas_sandbox.warm import Child, Zygote

LIMITS = Limits(wall_s=10.0, cpu_s=10.0, memory_bytes=256 << 20, processes=6)
ENGINE_SOCKETS = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/user",
)
_PROBE = b"probe"
_NAMESPACES = ("net", "pid", "ipc", "uts", "mnt")  # must be the guest's own
_OTHER_NAMESPACES = ("user", "cgroup", "time")  # are told: bubblewrap and engines differ in them
_ENGINES_NAME_SERVER = "127.0.0.11"  # docker's own, in containers that have a network
_REPORT_BYTES = 1 << 15
_PROBE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One control: its name, whether it held, what was seen, and for a limit its value and where it bit."""

    name: str
    passed: bool
    detail: str
    limit: float | None = None
    actual: float | None = None


def probed(sandbox: FreshSandbox, level: str, *, full: bool) -> list[Check]:
    """Run the probe once and return what it measured with what was seen from outside.

    Args:
        sandbox: the backend.
        level: ``warm`` runs the probe in a child of a warm guest, after another program where `full`.
        full: drive limits, look for another guest and for what the host listens on.

    Raises:
        SandboxFailure: no guest could be started, or its probe did not answer.
    """
    mark = f"mark_{secrets.token_hex(6)}"
    with contextlib.ExitStack() as held:
        more: dict[str, Any] = {"mark": mark, "warm": level == "warm", "full": full}
        if full:
            more["others"] = held.enter_context(_another(sandbox, level))
            more["listening"] = held.enter_context(_listening())
        guest, pid_of = held.enter_context(_started(sandbox, level, mark if full else ""))
        return _answers(guest, pid_of, sandbox, more)


def _answers(guest: Guest, pid_of: Callable[[], int], sandbox: FreshSandbox, more: dict[str, Any]) -> list[Check]:
    channel = guest.channel
    try:
        channel.deadline = time.monotonic() + START_SECONDS
        channel.receive((Kind.HELLO,), Caps(_REPORT_BYTES, 0))
        pid = pid_of()
        seen, route = _seen_from_outside(pid), _route(pid)
        channel.deadline = time.monotonic() + _PROBE_SECONDS
        channel.send(Kind.JOB, _job(sandbox) | more)
        report = channel.receive((Kind.REPORT,), Caps(_REPORT_BYTES, 0)).meta
    except PeerGone:
        raise not_started(guest.end(GRACE_SECONDS)) from None
    except (DeadlineReached, FrameError) as error:
        raise SandboxFailure(f"The self-check's probe did not answer: {error or 'no answer in time'}.") from error
    outside = [_host_user(seen, report), _own_namespaces(seen, report, sandbox.own_kernel), route]
    if sandbox.own_kernel:
        outside.append(_own_kernel(report))
    return [*outside, *map(_check, report.get("checks", ()))]


@contextlib.contextmanager
def _started(sandbox: FreshSandbox, level: str, mark: str) -> Iterator[tuple[Guest, Callable[[], int]]]:
    """Start a probe where a program would run; gives it with what finds its process id once it has said hello."""
    if level != "warm":
        guest = sandbox.launch("probe", LIMITS)
        try:
            yield guest, guest.host_pid
        finally:
            guest.end()
        return
    process = sandbox.launch_zygote(LIMITS)
    zygote = Zygote(process)
    try:
        if mark:
            _leave_mark(zygote, mark)
        child = _forked(zygote)
        try:
            yield child, lambda: _youngest(process.host_pid())
        finally:
            child.end()
    finally:
        zygote.close()


def _youngest(parent: int) -> int:
    return next(iter(_children(parent)), parent)


def _forked(zygote: Zygote) -> Child:
    """Have a warm guest fork a child that is the probe."""
    with contextlib.ExitStack() as theirs:
        inward, write_fd = os.pipe()
        theirs.callback(os.close, inward)
        read_fd, outward = os.pipe()
        theirs.callback(os.close, outward)
        socket.send_fds(zygote.process.control, [_PROBE], [inward, outward])
    return Child(zygote, Channel(read_fd, write_fd, timed=True), frozenset())


def _leave_mark(zygote: Zygote, mark: str) -> None:
    """Run a program that leaves a name in numpy, and rows in a memory file."""
    source = f"import numpy\ndef run(X):\n    numpy.{mark} = X\n    return X\n".encode()
    rows = {"X": Rows(np.zeros((4, 2)))}
    request = Request(source, hashlib.sha256(source).hexdigest(), "run", rows, None, LIMITS)
    fault = converse(zygote.fork(request), request)[1]
    if fault is not None:
        raise SandboxFailure(f"The self-check's own program failed: {fault.message}.")


@contextlib.contextmanager
def _another(sandbox: FreshSandbox, level: str) -> Iterator[dict[str, Any]]:
    """Keep another guest alive; gives its processes on the host and its places."""
    if level == "warm":
        process = sandbox.launch_zygote(LIMITS)
        zygote = Zygote(process)
        end: Callable[[], object] = zygote.close
        pid = process.host_pid()
    else:
        guest = sandbox.launch("probe", LIMITS)
        guest.channel.deadline = time.monotonic() + START_SECONDS
        end = guest.end
        try:
            guest.channel.receive((Kind.HELLO,), Caps(_REPORT_BYTES, 0))
        except (PeerGone, DeadlineReached, FrameError):
            raise not_started(guest.end()) from None
        pid = guest.host_pid()
    try:
        folders = [str(path) for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}{os.getpid()}-*")]
        pids = [pid, *_children(pid)] if pid else []
        yield {"pids": pids, "places": [*folders, *(f"/proc/{number}" for number in pids)]}
    finally:
        end()


@contextlib.contextmanager
def _listening() -> Iterator[dict[str, Any]]:
    """Listen on an abstract name, a path and a loopback port for as long as the probe tries them."""
    name = f"llmdas-doctor-{secrets.token_hex(6)}"
    with contextlib.ExitStack() as open_now:
        folder = open_now.enter_context(tempfile.TemporaryDirectory(prefix=f"{LISTENING}{os.getpid()}-"))
        Path(folder).chmod(0o755)
        path = str(Path(folder) / "socket")
        abstract, named = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        loopback = socket.socket()
        for bound, place in ((abstract, f"\0{name}"), (named, path), (loopback, ("127.0.0.1", 0))):
            open_now.callback(bound.close)
            bound.bind(place)
            bound.listen()
        Path(path).chmod(0o777)
        yield {"abstract": name, "path": path, "port": loopback.getsockname()[1]}


def _job(sandbox: FreshSandbox) -> dict[str, Any]:
    home = os.path.expanduser("~")  # noqa: PTH111 # Path.home raises for a user without an entry
    hidden = {home, str(Path.cwd()), str(sandbox.root.path), __file__, "/etc/passwd", "/etc/shadow"}
    device = sandbox.device
    return {
        "limits": asdict(LIMITS),
        "hidden": sorted(hidden - {"/", "~"}),
        "environment": sorted({**ENVIRONMENT, **(device.environment if device else {})}),
        "engine_sockets": ENGINE_SOCKETS,
        "cgroup_bytes": sandbox.cgroup_bytes(LIMITS),
        "namespaces": (*_NAMESPACES, *_OTHER_NAMESPACES),
        "own_kernel": sandbox.own_kernel,
        "gpu": device is not None,
        "name_servers": _name_servers(),
    }


def _name_servers() -> list[str]:
    """Return the IPv4 name servers of this machine and the engines' own."""
    found = {_ENGINES_NAME_SERVER}
    with contextlib.suppress(OSError):
        for line in Path("/etc/resolv.conf").read_text().splitlines():
            words = line.split()
            if len(words) == 2 and words[0] == "nameserver":
                with contextlib.suppress(OSError):
                    found.add(socket.inet_ntoa(socket.inet_aton(words[1])))
    return sorted(found)


def _check(told: Any) -> Check:
    """Take one control from the report; whatever is no such thing raises what `FrameError` means."""
    try:
        name, passed, detail, limit, actual = told
    except (TypeError, ValueError):
        raise SandboxFailure("The self-check's probe sent no report of its kind.") from None
    figures = [None if value is None else figure(value) for value in (limit, actual)]
    return Check(clean(name), passed is True, clean(detail), *figures)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError, ValueError):
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _seen_from_outside(pid: int) -> dict[str, str]:
    """Return user and namespaces of a living process as far as this process may see them (proc(5))."""
    seen = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            seen[name] = value.strip()
    for name in (*_NAMESPACES, *_OTHER_NAMESPACES):
        with contextlib.suppress(OSError):
            seen[name] = os.readlink(f"/proc/{pid}/ns/{name}")  # noqa: PTH115 # no path
    return seen


def _route(pid: int) -> Check:
    """Read interfaces and IPv4 routes of the guest's network namespace."""
    try:
        devices = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        routes = Path(f"/proc/{pid}/net/route").read_text().splitlines()[1:]
    except OSError as error:
        return Check("no_route", False, f"could not be seen: {error}")
    names = sorted(line.split(":")[0].strip() for line in devices)
    held = not routes and set(names) <= {"lo"}
    return Check("no_route", held, f"interfaces: {' '.join(names) or 'none'}; routes: {len(routes) or 'none'}")


def _host_user(seen: dict[str, str], report: dict[str, Any]) -> Check:
    """Say which user the guest is to the host: inside a user namespace its own number says nothing about that."""
    users = seen["Uid"].split() if "Uid" in seen else [clean(report.get("host_user", ""))]
    return Check("not_root_on_host", "0" not in users and "" not in users, f"user {users[0] or 'unknown'}")


def _own_kernel(report: dict[str, Any]) -> Check:
    """Compare the kernel that answers the guest with the host's: gVisor answers in its own name."""
    kernel = clean(report.get("kernel", ""))
    return Check("own_kernel", kernel not in ("", os.uname().release), f"kernel {kernel or 'unknown'}")


def _own_namespaces(seen: dict[str, str], report: dict[str, Any], own_kernel: bool) -> Check:
    """Compare the namespaces that must be the guest's own, and tell which of the others are shared.

    Each is as seen from outside or, where that is not permitted, as the guest saw it.
    Process numbers are the guest kernel's where it has one of its own, and no namespace of the host's.
    """
    told = report.get("namespaces") or {}
    names = [name for name in _NAMESPACES if not (own_kernel and name == "pid")]
    guest = {name: seen.get(name) or told.get(name) for name in names}
    shared = [name for name, link in guest.items() if link == _hosts(name)]
    unknown = [name for name, link in guest.items() if not link]
    others = {name: seen.get(name) or told.get(name) for name in _OTHER_NAMESPACES if _hosts(name)}
    besides = [name for name, link in others.items() if link == _hosts(name)]
    unseen = [*unknown, *(name for name, link in others.items() if not link)]
    detail = f"of {' '.join(names)} shared with the host: {' '.join(shared) or 'none'}"
    detail += f"; also shared with the host: {' '.join(besides) or 'none'}"
    return Check("own_namespaces", not shared and not unknown, detail + _unknown(unseen))


def _unknown(names: list[str]) -> str:
    return f"; could not be seen: {' '.join(names)}" if names else ""


def _hosts(name: str) -> str:
    """Return this process's own namespace, empty where the kernel has none of this kind (time: 5.6)."""
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/ns/{name}")  # noqa: PTH115 # no path
    return ""
