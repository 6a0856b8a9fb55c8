"""Measures each control of a sandbox at the level at which it will run programs; `controls` says what there is.

A sandbox is what passes. The quick part, one start of a guest, is done when a sandbox is opened and remembered per
guest digest, backend, runtime, level and boot; the full part also drives the limits until they bite, starts a second
guest beside the first, and looks for what is left behind. What `doctor` finds failed is remembered in the same way, and
such a sandbox is not opened until a full check of it has passed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import cast

from llmdas_sandbox.controls import due
from llmdas_sandbox.driving import Lent, driven, owners_parted
from llmdas_sandbox.failure import SandboxUnavailable
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Sandbox
from llmdas_sandbox.probing import ENGINE_SOCKETS, Check, probed
from llmdas_sandbox.traces import left_since, traces
from llmdas_sandbox.warm import WarmSandbox

_FAILED = ".failed"  # ends the name of the note that some control failed

__all__ = [
    "ENGINE_SOCKETS",
    "Check",
    "backend_of",
    "checked_before",
    "code_digest",
    "level_of",
    "quick_check",
    "remember",
    "selfcheck",
    "settle",
]


def selfcheck(sandbox: Sandbox) -> tuple[Check, ...]:
    """Measure every control at the sandbox's level; sends no program but small ones of our own.

    Nothing else should start guests in this process meanwhile: they would count as left behind.

    Raises:
        SandboxFailure: no guest could be started, or its probe did not answer.
    """
    backend, level = backend_of(sandbox), level_of(sandbox)
    before = traces(backend.backend)
    checks = probed(backend, level, full=True)
    if level == "warm":
        checks.append(owners_parted(backend))
        with WarmSandbox(Lent(backend)) as warm:
            checks += driven(warm)
    else:
        checks += driven(backend)
    left = left_since(before, backend.backend)
    seen = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in left.items()) or "nothing"
    checks.append(Check("nothing_left", not left, f"left behind: {seen}"))
    return _complete(checks, due(backend.backend, level, full=True, gpu=backend.device is not None))


def quick_check(sandbox: Sandbox) -> tuple[Check, ...]:
    """Measure at the sandbox's level what takes no longer than starting one guest.

    Raises:
        SandboxFailure: no guest could be started, or its probe did not answer.
    """
    backend, level = backend_of(sandbox), level_of(sandbox)
    return _complete(probed(backend, level, full=False), due(backend.backend, level, full=False))


def backend_of(sandbox: Sandbox) -> FreshSandbox:
    """Return what starts the guests of a sandbox."""
    if isinstance(sandbox, WarmSandbox):
        return cast("FreshSandbox", sandbox._zygotes)  # every backend is both
    return cast("FreshSandbox", sandbox)


def level_of(sandbox: Sandbox) -> str:
    """Return the level at which it runs programs; a container under gVisor is ``vm`` whatever it was called."""
    return "vm" if backend_of(sandbox).own_kernel else sandbox.level


def checked_before(sandbox: Sandbox, notes: Path) -> bool:
    """Say whether this very sandbox passed its quick check at this level since the machine started.

    Raises:
        SandboxUnavailable: a control of it failed in a later or fuller check, and no full check passed since.
    """
    with contextlib.suppress(OSError):
        failed = (notes / f"{_note_name(sandbox)}{_FAILED}").read_text()
        where = f"--backend {sandbox.backend} --level {level_of(sandbox)}"
        raise SandboxUnavailable(
            f"{sandbox.backend}: llmdas doctor found that controls failed here ({failed}).",
            f"Run llmdas doctor {where} for what was seen; once it passes, the sandbox is used again.",
        )
    return (notes / _note_name(sandbox)).is_file()


def remember(sandbox: Sandbox, notes: Path) -> None:
    """Note that this sandbox passed its quick check at its level."""
    with contextlib.suppress(OSError):  # the check is done again next time
        notes.mkdir(mode=0o755, exist_ok=True)
        (notes / _note_name(sandbox)).touch()


def settle(sandbox: Sandbox, notes: Path, checks: Sequence[Check], *, full: bool) -> None:
    """Have `checked_before` refuse this very sandbox where a control failed, until all of them held.

    Args:
        sandbox: what was checked.
        notes: folder of the notes.
        checks: what was measured.
        full: every control was; only such a check takes a refusal back.
    """
    failed = ", ".join(check.name for check in checks if not check.passed)
    note = notes / f"{_note_name(sandbox)}{_FAILED}"
    with contextlib.suppress(OSError):
        if failed:
            notes.mkdir(mode=0o755, exist_ok=True)
            note.write_text(failed)
        elif full:
            note.unlink(missing_ok=True)


def code_digest() -> str:
    """Return a digest of this package's own code outside the guest, in hexadecimal."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _complete(checks: Iterable[Check], names: Collection[str]) -> tuple[Check, ...]:
    """Return the checks in the order of `controls`; a control that was not measured has failed."""
    found = {check.name: check for check in checks}
    return tuple(found.get(name) or Check(name, False, "not measured") for name in names)


def _note_name(sandbox: Sandbox) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    backend = backend_of(sandbox)
    runtime = str(getattr(backend, "runtime", ""))
    device = "" if backend.device is None else repr(backend.device)
    where = (sandbox.backend, level_of(sandbox), runtime, device, sandbox.guest, backend.engine(), str(os.geteuid()))
    return hashlib.sha256("\0".join((boot, *where, code_digest())).encode()).hexdigest()
