"""Measures each control of a backend: inside by the guest's probe, outside by what the kernel says of the guest.

A backend is what passes. The quick part, one start of a guest, is done when a sandbox is opened and remembered per
guest digest, backend and boot; the full part also drives the limits until they bite.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.frames import Caps, Channel, DeadlineReached, FrameError, Kind, PeerGone
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import GuestPolicy, Request
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.rootfs_build import ENVIRONMENT
from llmdas_sandbox.session import GRACE_SECONDS, START_SECONDS, not_started

ENGINE_SOCKETS = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/podman/podman.sock",
    "/run/containerd/containerd.sock",
    "/run/user",
)
_LIMITS = Limits(wall_s=10.0, cpu_s=10.0, memory_bytes=256 << 20, processes=6)
_REPORT_BYTES = 1 << 15
_PROBE_SECONDS = 60.0
_NAMESPACES = ("net", "pid", "ipc", "uts", "mnt")
_QUICK = (
    "not_root", "no_capabilities", "no_new_privileges", "first_filter", "read_only_root", "host_files_hidden",
    "host_environment_hidden", "no_network", "no_engine_socket", "no_inherited_descriptors", "second_filter",
)  # fmt: skip
_FULL = (*_QUICK, "memory_cgroup", "process_limit", "memory_limit", "filter_kills")


@dataclass(frozen=True, slots=True)
class Check:
    """One control: its name, whether it held, and what was seen."""

    name: str
    passed: bool
    detail: str


def selfcheck(sandbox: FreshSandbox) -> tuple[Check, ...]:
    """Measure every control; sends no program but our own two, which run into the wall and the memory limit.

    Raises:
        SandboxFailure: no guest could be started, or its probe did not answer.
    """
    return (*_probe(sandbox, full=True), _wall_limit(sandbox), _program_memory_limit(sandbox))


def quick_check(sandbox: FreshSandbox) -> tuple[Check, ...]:
    """Measure what takes no longer than starting one guest.

    Raises:
        SandboxFailure: no guest could be started, or its probe did not answer.
    """
    return _probe(sandbox, full=False)


def checked_before(sandbox: FreshSandbox, notes: Path) -> bool:
    """Say whether this very sandbox passed its quick check since the machine started."""
    return (notes / _note_name(sandbox)).is_file()


def remember(sandbox: FreshSandbox, notes: Path) -> None:
    """Note that this sandbox passed its quick check."""
    with contextlib.suppress(OSError):  # the check is done again next time
        notes.mkdir(mode=0o755, exist_ok=True)
        (notes / _note_name(sandbox)).touch()


def _note_name(sandbox: FreshSandbox) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    code = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path(__file__).parent.glob("*.py"))]
    parts = (boot, sandbox.backend, sandbox.guest, sandbox.engine(), str(os.geteuid()), *code)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _probe(sandbox: FreshSandbox, *, full: bool) -> tuple[Check, ...]:
    guest = sandbox.launch("probe", _LIMITS)
    try:
        guest.channel.deadline = time.monotonic() + START_SECONDS
        guest.channel.receive((Kind.HELLO,), Caps(_REPORT_BYTES, 0))
        seen = _seen_from_outside(guest.host_pid())
        report = _report(guest.channel, sandbox, full)
    except PeerGone:
        raise not_started(guest.end(GRACE_SECONDS)) from None
    except (DeadlineReached, FrameError) as error:
        raise SandboxFailure(f"The self-check's probe did not answer: {error or 'no answer in time'}.") from error
    finally:
        guest.end()
    inside = _checks(report)
    outside = (_host_user(seen, report), _own_namespaces(seen, report))
    missing = sorted(set(_FULL if full else _QUICK) - {check.name for check in inside})
    return (*outside, *inside, *(Check(name, False, "not measured") for name in missing))


def _report(channel: Channel, sandbox: FreshSandbox, full: bool) -> dict[str, Any]:
    home = os.path.expanduser("~")  # noqa: PTH111 # Path.home raises for a user without an entry
    hidden = {home, str(Path.cwd()), str(sandbox.root.path), __file__, "/etc/passwd", "/etc/shadow"}
    meta = {
        "full": full,
        "limits": asdict(_LIMITS),
        "hidden": sorted(hidden - {"/", "~"}),
        "environment": sorted(ENVIRONMENT),
        "engine_sockets": ENGINE_SOCKETS,
        "cgroup_bytes": sandbox.cgroup_bytes(_LIMITS),
        "namespaces": _NAMESPACES,
    }
    channel.deadline = time.monotonic() + _PROBE_SECONDS
    channel.send(Kind.JOB, meta)
    return channel.receive((Kind.REPORT,), Caps(_REPORT_BYTES, 0)).meta


def _checks(report: dict[str, Any]) -> tuple[Check, ...]:
    return tuple(Check(str(name), passed is True, str(detail)) for name, passed, detail in report.get("checks", ()))


def _seen_from_outside(pid: int) -> dict[str, str]:
    """Return user and namespaces of a living process as far as this process may see them (proc(5))."""
    seen = {}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            seen[name] = value.strip()
    for name in _NAMESPACES:
        with contextlib.suppress(OSError):
            seen[name] = os.readlink(f"/proc/{pid}/ns/{name}")  # noqa: PTH115 # no path
    return seen


def _host_user(seen: dict[str, str], report: dict[str, Any]) -> Check:
    """Say which user the guest is to the host: inside a user namespace its own number says nothing about that."""
    users = seen["Uid"].split() if "Uid" in seen else [str(report.get("host_user", ""))]
    return Check("not_root_on_host", "0" not in users and "" not in users, f"user {users[0] or 'unknown'}")


def _own_namespaces(seen: dict[str, str], report: dict[str, Any]) -> Check:
    """Compare namespaces, each as seen from outside or, where that is not permitted, as the guest saw it."""
    told = report.get("namespaces") or {}
    guest = {name: seen.get(name) or told.get(name) for name in _NAMESPACES}
    shared = [name for name, link in guest.items() if link == os.readlink(f"/proc/self/ns/{name}")]  # noqa: PTH115 # no path
    unknown = [name for name, link in guest.items() if not link]
    detail = f"shared with the host: {', '.join(shared) or 'none'}" + (f"; unknown: {unknown}" if unknown else "")
    return Check("own_namespaces", not shared and not unknown, detail)


def _wall_limit(sandbox: FreshSandbox) -> Check:
    source = b"def run():\n    while True:\n        pass\n"
    return _runs_into(sandbox, "wall_limit", "wall_s", source, Limits(wall_s=0.3))


def _program_memory_limit(sandbox: FreshSandbox) -> Check:
    source = b"import numpy as np\ndef run():\n    return np.ones(1 << 28)\n"
    return _runs_into(sandbox, "program_memory_limit", "memory_bytes", source, _LIMITS)


def _runs_into(sandbox: FreshSandbox, name: str, limit: str, source: bytes, limits: Limits) -> Check:
    policy = GuestPolicy(builtins=(), modules={"numpy": ("ones",)}, attributes=())
    fault = sandbox.run(Request(source, hashlib.sha256(source).hexdigest(), "run", {}, policy, limits)).fault
    passed = fault is not None and fault.limit == limit
    return Check(name, passed, fault.message if fault else "the program ended by itself")
