"""Drives the limits of whole runs until they bite: small programs of our own, through the very path of any program."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Array, Fault, Function, GuestPolicy, Request, Sandbox
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.probing import LIMITS, Check
from llmdas_sandbox.warm import Process, WarmSandbox

_POLICY = GuestPolicy(builtins=("range", "print"), modules={"numpy": ("ones",)}, attributes=())
_LATEST = 3.0  # seconds: the kernel counts whole ones, and a busy machine wakes late
_MEBIBYTE = 1 << 20
_SPIN = "while True:\n        pass"


@dataclass(frozen=True, slots=True)
class _Drive:
    """One limit.

    Attributes:
        control: its name among the controls.
        field: its name in `Limits`.
        unit: what it counts.
        most: the largest actual value that a run beyond it may end with, in the limit's unit.
        limits: of both runs.
        beyond: body of a program that goes beyond.
        within: body of one that uses exactly what is allowed; empty where there is none.
        end: how a run beyond it ends, before the actual value.
    """

    control: str
    field: str
    unit: str
    most: float
    limits: Limits
    beyond: str
    within: str = ""
    end: str = "ended at"


_DRIVES = (
    _Drive("wall_limit", "wall_s", "s", _LATEST, Limits(wall_s=0.3), _SPIN),
    _Drive("cpu_limit", "cpu_s", "s", _LATEST, Limits(wall_s=20.0, cpu_s=0.3), _SPIN),
    _Drive(
        "program_memory_limit",
        "memory_bytes",
        "bytes",
        2 << 30,
        LIMITS,
        "return np.ones(1 << 28)",
        "return np.ones(1 << 10)",
        "refused an array of",
    ),
    _Drive(
        "output_limit",
        "output_bytes",
        "bytes",
        808,
        Limits(output_bytes=800),
        "return np.ones(101)",
        "return np.ones(100)",
        "refused a result of",
    ),
    _Drive(
        "printed_limit",
        "printed_bytes",
        "characters",
        101,
        Limits(printed_bytes=100),
        f"print('{'x' * 100}')\n    return np.ones(1)",
        f"print('{'x' * 99}')\n    return np.ones(1)",
    ),
    _Drive(
        "callback_calls_limit",
        "callback_calls",
        "calls",
        4,
        Limits(callback_calls=3),
        "while True:\n        score(np.ones((4, 2)))",
    ),
    _Drive(
        "callback_rows_limit",
        "callback_rows",
        "rows",
        12,
        Limits(callback_rows=8),
        "while True:\n        score(np.ones((4, 2)))",
    ),
    _Drive(
        "frame_limit",
        "frame_bytes",
        "bytes",
        2008,
        Limits(frame_bytes=2000),
        "return np.ones(251)",
        "return np.ones(250)",
        "refused a frame of",
    ),
)


def driven(sandbox: Sandbox) -> list[Check]:
    """Drive every limit that a program can reach by itself.

    Raises:
        SandboxFailure: a run could not be made.
    """
    return [_bitten(sandbox, drive) for drive in _DRIVES]


def owners_parted(backend: FreshSandbox) -> Check:
    """Run programs of two owners at the level warm and count the guests that were started for them.

    Raises:
        SandboxFailure: a run could not be made.
    """
    counted = Lent(backend)
    with WarmSandbox(counted) as warm:
        for owner in ("one", "one", "another"):
            warm.execute(_request("return np.ones(1)", LIMITS, owner=owner))
    seen = f"two programs of one owner and one of another: {counted.started} guests"
    return Check("owners_parted", counted.started == 2, seen)


@dataclass(slots=True)
class Lent:
    """A backend that stays open when the level above it closes, and counts; satisfies `warm.Zygotes`."""

    sandbox: FreshSandbox
    started: int = 0
    backend: str = field(init=False)
    guest: str = field(init=False)

    def __post_init__(self) -> None:
        self.backend, self.guest = self.sandbox.backend, self.sandbox.guest

    def launch_zygote(self, limits: Limits) -> Process:
        """Start a guest; see `warm.Zygotes`."""
        self.started += 1
        return self.sandbox.launch_zygote(limits)

    def zygote_size(self, limits: Limits) -> tuple[int, ...]:
        """Return what is fixed when a guest is started; see `warm.Zygotes`."""
        return self.sandbox.zygote_size(limits)

    def close(self) -> None:
        """Leave the backend open."""


@dataclass(slots=True)
class _Answers:
    calls: int = 0
    rows: int = 0

    def score(self, rows: Array) -> Array:
        self.calls += 1
        self.rows += len(rows)
        return rows[:, 0].copy()


def _bitten(sandbox: Sandbox, drive: _Drive) -> Check:
    """Run within and beyond a limit; it holds when it bites beyond only, by its name and at its value."""
    value = float(getattr(drive.limits, drive.field))
    if drive.within:
        fault = sandbox.execute(_request(drive.within, drive.limits)).fault
        if fault is not None:
            return Check(drive.control, False, f"a run within the limit failed: {fault.message}", value, fault.actual)
    answers = _Answers()
    fault = sandbox.execute(_request(drive.beyond, drive.limits, answers)).fault
    if fault is None:
        return Check(drive.control, False, "the program ended by itself", value)
    answered = {"callback_calls": answers.calls, "callback_rows": answers.rows}.get(drive.field, 0)
    at_value = fault.actual is None or value <= fault.actual <= drive.most
    bitten = fault.limit == drive.field and at_value and answered <= value
    return Check(drive.control, bitten, _seen(drive, value, fault, answered), value, fault.actual)


def _seen(drive: _Drive, value: float, fault: Fault, answered: int) -> str:
    if fault.limit != drive.field:
        return f"another end than {drive.field}: {fault.message}"
    said = "" if fault.actual is None else f", {drive.end} {_amount(fault.actual, drive.unit)}"
    return f"limit {_amount(value, drive.unit)}{said}" + (f", {answered} answered" if answered else "")


def _amount(value: float, unit: str) -> str:
    """Return a value with its unit: seconds to the millisecond, whole mebibytes as such."""
    if unit == "s":
        return f"{value:.3f}".rstrip("0").rstrip(".") + " s"
    if unit == "bytes" and value >= _MEBIBYTE and value % _MEBIBYTE == 0:
        return f"{value / _MEBIBYTE:.0f} MiB"
    return f"{value:.0f} {unit}"


def _request(body: str, limits: Limits, answers: _Answers | None = None, owner: str = "") -> Request:
    source = f"import numpy as np\ndef run({'score' if answers else ''}):\n    {body}\n".encode()
    arguments: dict[str, Any] = {"score": Function(answers.score)} if answers else {}
    return Request(source, hashlib.sha256(source).hexdigest(), "run", arguments, _POLICY, limits, owner=owner)
