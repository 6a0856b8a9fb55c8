"""Examines each backend and level that this machine offers: who enforces each control, and what was seen of it.

The JSON is one object: ``format`` (``llmdas-doctor/1``), ``measured_at`` (UTC, RFC 3339), ``version`` and ``code``
(version of llmdas_sandbox, and a digest of the code that checked), ``passed``, ``quick``, ``host`` (kernel, machine,
user) and ``examined``, a list with one entry per backend and level: ``backend``, ``level``, ``available``; where it is
not, ``reason`` and ``remedy``; where it is, ``engine``, ``guest``, ``seconds``, ``passed``, ``required`` (how many
controls the full check must measure there), ``measured`` (how many of these were) and ``controls``, a list of ``name``,
``required``, ``state`` (held, FAILED or absent), ``enforced_by``, ``measured``, ``seen`` and, for limits, ``limit`` and
``actual``. ``absent`` is what does not exist there, with what stands in its place under ``seen``.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llmdas_sandbox import __version__
from llmdas_sandbox.controls import BY_NAME, CONTROLS, due
from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Sandbox
from llmdas_sandbox.open import GVISOR
from llmdas_sandbox.rootfs import default_cache
from llmdas_sandbox.selfcheck import Check, backend_of, code_digest, quick_check, selfcheck, settle
from llmdas_sandbox.warm import WarmSandbox

FORMAT = "llmdas-doctor/1"
PLACES = (("bubblewrap", "warm"), ("bubblewrap", "fresh"), ("docker", "warm"), ("docker", "fresh"), ("docker", "vm"))
Opener = Callable[[str, str], Sandbox]


@dataclass(frozen=True, slots=True)
class Row:
    """One control at one place; the fields are those of the JSON."""

    name: str
    required: bool
    state: str
    enforced_by: str
    measured: str
    seen: str
    limit: float | None = None
    actual: float | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """One backend at one level: its controls, or why it is not available."""

    backend: str
    level: str
    engine: str = ""
    guest: str = ""
    seconds: float = 0.0
    controls: tuple[Row, ...] = ()
    reason: str = ""
    remedy: str = ""

    @property
    def available(self) -> bool:
        """Whether a guest could be started and measured."""
        return not self.reason

    @property
    def required(self) -> int:
        """How many controls a full check must measure here."""
        return len(due(self.backend, self.level, full=True))

    @property
    def measured(self) -> int:
        """How many of them were measured."""
        return sum(row.required for row in self.controls)

    @property
    def passed(self) -> bool:
        """Whether it is available and every required control held."""
        return self.available and all(row.state == "held" for row in self.controls if row.required)


def places(backend: str = "", level: str = "") -> tuple[tuple[str, str], ...]:
    """Return the pairs of backend and level to examine; each narrows the list where it is given.

    Raises:
        SandboxUnavailable: there is no such pair.
    """
    found = tuple(place for place in PLACES if backend in ("", place[0]) and level in ("", place[1]))
    if not found:
        raise SandboxUnavailable(f"The backend {backend} has no level {level}.", "bubblewrap has warm and fresh only.")
    return found


def examine(
    chosen: Sequence[tuple[str, str]] = PLACES,
    *,
    quick: bool = False,
    cache: Path | None = None,
    open_at: Opener | None = None,
) -> Iterator[Examined]:
    """Examine one place after the other; what cannot be opened is an entry that says why.

    Args:
        chosen: pairs of backend and level.
        quick: only what the check at a first opening measures.
        cache: cache folder, `rootfs.default_cache` when None.
        open_at: opens a backend at a level without asking whether it passes; our own when None.
    """
    for backend, level in chosen:
        began = time.monotonic()
        try:
            sandbox = open_at(backend, level) if open_at else _opened(backend, level, cache)
            try:
                checks = quick_check(sandbox) if quick else selfcheck(sandbox)
                engine = _labelled(backend, backend_of(sandbox).engine())
                if open_at is None:  # what others open is theirs to judge
                    settle(sandbox, (cache or default_cache()).absolute() / "guest" / "checks", checks, full=not quick)
            finally:
                sandbox.close()
        except SandboxFailure as error:
            yield Examined(backend, level, reason=error.problem, remedy=error.remedy)
        else:
            rows = tuple(_rows(checks, backend, level))
            yield Examined(backend, level, engine, sandbox.guest, time.monotonic() - began, rows)


def verdict(examined: Sequence[Examined]) -> bool:
    """Say whether a sandbox is available and every required control of every available one held."""
    return any(one.available for one in examined) and all(one.passed for one in examined if one.available)


def as_json(examined: Sequence[Examined], *, quick: bool) -> dict[str, Any]:
    """Return the object that the module describes."""
    host = {"kernel": os.uname().release, "machine": os.uname().machine, "user": os.geteuid()}
    return {
        "format": FORMAT,
        "measured_at": now(),
        "version": __version__,
        "code": code_digest(),
        "passed": verdict(examined),
        "quick": quick,
        "host": host,
        "examined": [_entry(one) for one in examined],
    }


def now() -> str:
    """Return date and time in UTC, to the second (RFC 3339)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _labelled(backend: str, identity: str) -> str:
    """Return what a backend says of itself with a word before each part; as it is where it has other parts."""
    words = identity.split(" ")
    if backend == "docker":
        told, _, image = identity.rpartition(" ")
        with contextlib.suppress(ValueError, TypeError, IndexError):
            name, version, kernel, cgroups, security, asked, runtime, about = json.loads(told)
            if isinstance(about, dict):
                place = about.get("path") or runtime
                runtime = " ".join((*dict.fromkeys((runtime, place)), *(about.get("runtimeArgs") or ())))
            return (
                f"engine {version}, id {name}, its kernel {kernel}, cgroup version {cgroups}, security"
                f" {' '.join(security)}, runtime {runtime}{'' if asked else ' (its default)'}, image {image}"
            )
    if backend == "bubblewrap" and len(words) == 3:
        program, size, changed = words
        day = datetime.fromtimestamp(int(changed) // 10**9, UTC).strftime("%Y-%m-%d")
        return f"bwrap {program}{_version(program)}, {size} bytes, file of {day}"
    return identity


def _version(program: str) -> str:
    """Return a space and the version of bwrap, or nothing where it does not say."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(  # noqa: S603 # the program that starts the guests, found by bubblewrap.py
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
        return "".join(f" {word}" for word in told.stdout.split()[-1:])
    return ""


def _entry(one: Examined) -> dict[str, Any]:
    where: dict[str, Any] = {"backend": one.backend, "level": one.level, "available": one.available}
    if not one.available:
        return where | {"reason": one.reason, "remedy": one.remedy}
    about = {"engine": one.engine, "guest": one.guest, "seconds": round(one.seconds, 3), "passed": one.passed}
    about |= {"required": one.required, "measured": one.measured}
    return where | about | {"controls": [asdict(row) for row in one.controls]}


def _opened(backend: str, level: str, cache: Path | None) -> Sandbox:
    sandbox: FreshSandbox
    if backend == "bubblewrap":
        from llmdas_sandbox.bubblewrap import BubblewrapSandbox

        sandbox = BubblewrapSandbox(cache)
    else:
        from llmdas_sandbox.docker import DockerSandbox

        sandbox = DockerSandbox(cache, runtime=GVISOR if level == "vm" else "")
    sandbox.level = level
    return WarmSandbox(sandbox) if level == "warm" else sandbox


def _rows(checks: Sequence[Check], backend: str, level: str) -> Iterator[Row]:
    """Yield what was measured, and what does not exist here with the reason, in the order of `CONTROLS`."""
    found = {check.name: check for check in checks}
    for control in CONTROLS:
        check, absence = found.get(control.name), control.absence(backend, level)
        if check is not None:
            state, who = "held" if check.passed else "FAILED", control.enforced_by(backend, level)
            yield Row(control.name, True, state, who, control.measured, check.detail, check.limit, check.actual)
        elif absence and level in control.only:
            yield Row(control.name, False, "absent", "nobody", "not measured", absence)


def how_measured(examined: Sequence[Examined]) -> dict[str, str]:
    """Return how each control that occurs was measured, by name, in the order of `CONTROLS`."""
    names = {row.name for one in examined for row in one.controls if row.state != "absent"}
    return {name: BY_NAME[name].measured for name in BY_NAME if name in names}
