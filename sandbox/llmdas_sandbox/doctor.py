"""Examines each backend and level that this machine offers: who enforces each control, and what was seen of it.

The JSON is one object: ``format`` (``llmdas-doctor/1``), ``passed``, ``quick``, ``host`` (kernel, machine, user) and
``examined``, a list with one entry per backend and level: ``backend``, ``level``, ``available``; where it is not,
``reason`` and ``remedy``; where it is, ``engine``, ``guest``, ``seconds``, ``passed`` and ``controls``, a list of
``name``, ``required``, ``state`` (held, FAILED or absent), ``enforced_by``, ``measured``, ``seen`` and, for limits,
``limit`` and ``actual``. ``absent`` is what does not exist there, with what stands in its place under ``seen``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llmdas_sandbox.controls import BY_NAME, CONTROLS
from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Sandbox
from llmdas_sandbox.open import GVISOR
from llmdas_sandbox.selfcheck import Check, backend_of, quick_check, selfcheck
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
                engine = backend_of(sandbox).engine()
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
        "passed": verdict(examined),
        "quick": quick,
        "host": host,
        "examined": [_entry(one) for one in examined],
    }


def _entry(one: Examined) -> dict[str, Any]:
    where: dict[str, Any] = {"backend": one.backend, "level": one.level, "available": one.available}
    if not one.available:
        return where | {"reason": one.reason, "remedy": one.remedy}
    about = {"engine": one.engine, "guest": one.guest, "seconds": round(one.seconds, 3), "passed": one.passed}
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
