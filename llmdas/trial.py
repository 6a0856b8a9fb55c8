"""The trial: an accepted program runs on made-up tables before it may touch a real one.

The tables come from fixed seeds and from nowhere else, so every message and figure of a trial may be shown to an LLM.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from llmdas.contract import Contract
from llmdas.detectors.interface import Detector, Matrix, Vector
from llmdas.execution import Accepted, Execution, Rig, execute
from llmdas.scaling import Scaler
from llmdas_sandbox.interface import Fault
from llmdas_sandbox.limits import Limits

TRIAL_LIMITS = Limits(wall_s=20.0, cpu_s=20.0)
TRIAL_SEED = 20251003
REPEATED = frozenset({"clusters", "one column"})


@dataclass(frozen=True, slots=True)
class ToyTable:
    """A made-up table: name as shown to the LLM, standardised rows (n, d), and how many rows are asked for."""

    name: str
    rows: Matrix
    n_samples: int


@dataclass(frozen=True, slots=True)
class TableTrial:
    """What happened on one toy table.

    Attributes:
        table: name with sizes.
        fault: None when the rows passed.
        hard: share of the synthetic rows scored below the 95th percentile of the normals' scores; None after a fault.
        spacing: median distance of synthetic rows to the nearest normal row over the median nearest-neighbour distance
            of the normal rows; above 1 lies off the normals; None after a fault or where the latter is 0.
        wall_s: seconds of the run.
        calls: score requests of the program.
    """

    table: str
    fault: Fault | None
    hard: float | None
    spacing: float | None
    wall_s: float
    calls: int


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial of one program on all toy tables."""

    tables: tuple[TableTrial, ...]

    @property
    def accepted(self) -> bool:
        """True when every table gave rows that passed."""
        return all(entry.fault is None for entry in self.tables)

    @property
    def faults(self) -> tuple[tuple[str, Fault], ...]:
        """(table, fault) of every table that failed; equal faults on several tables are told once."""
        seen: dict[tuple[str, int, str], tuple[str, Fault]] = {}
        for entry in self.tables:
            if entry.fault is not None:
                fault = entry.fault
                seen.setdefault((fault.exception, fault.line, fault.kind), (entry.table, fault))
        return tuple(seen.values())

    def as_json(self) -> dict[str, Any]:
        """Return the trial as a JSON-like value."""
        return {"accepted": self.accepted, "tables": [asdict(entry) for entry in self.tables]}


def toy_tables() -> tuple[ToyTable, ...]:
    """Make the toy tables, the same ones every time.

    They cover what real tables bring: clusters, dependence, more columns than rows, many rows, hardly any rows, one
    column, constant columns with duplicate rows, one-hot blocks, heavy tails over many magnitudes.
    """
    rng = np.random.default_rng(TRIAL_SEED)
    centres = rng.normal(0.0, 4.0, (3, 6))
    clusters = centres[rng.integers(0, 3, 300)] + rng.normal(0.0, [[0.3], [0.3], [1.5]] * 100, (300, 6))
    dependent = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10)) + 0.1 * rng.normal(size=(400, 10))
    repeated = np.repeat(rng.normal(size=(20, 5)), 5, axis=0)
    repeated[:, [1, 3]] = (7.0, 0.0)
    one_hot = np.hstack([np.eye(4)[rng.integers(0, 4, 160)], rng.integers(0, 3, (160, 2)), rng.normal(size=(160, 2))])
    magnitudes = np.exp(rng.normal(0.0, 1.5, (150, 4))) * np.array([1e-6, 1.0, 1e3, 1e9])
    made = (
        ("clusters", clusters, 30),
        ("dependent columns", dependent, 40),
        ("more columns than rows", rng.normal(size=(30, 60)), 10),
        ("many rows", rng.normal(size=(3000, 4)), 300),
        ("hardly any rows", rng.normal(size=(8, 3)), 1),
        ("one column", rng.standard_t(3, size=(60, 1)), 6),
        ("constant columns, duplicate rows", repeated, 10),
        ("one-hot and integer columns", one_hot, 20),
        ("heavy tails", magnitudes, 200),
    )
    return tuple(ToyTable(name, Scaler.of(rows).transform(rows), count) for name, rows, count in made)


def run_trial(rig: Rig, accepted: Accepted, *, limits: Limits = TRIAL_LIMITS) -> Trial:
    """Run a program on every toy table with the detector fitted on it, and twice on some to see that it repeats itself.

    Two tables that differ in width are repeated, so that a program that branches on the width may be noticed too.

    Raises:
        SandboxFailure: the sandbox itself failed; says nothing about the program.
    """
    entries: list[TableTrial] = []
    for table in toy_tables():
        detector = rig.entry.make(TRIAL_SEED)
        detector.fit(table.rows)
        first = _once(rig, accepted, detector, table, limits)
        again = table.name in REPEATED and first.checked is not None
        repeat = _once(rig, accepted, detector, table, limits) if again else None
        entries.append(_entry(table, detector, first, repeat, _source_of_randomness(rig.contract)))
    return Trial(tuple(entries))


def _once(rig: Rig, accepted: Accepted, detector: Detector, table: ToyTable, limits: Limits) -> Execution:
    return execute(
        rig,
        accepted,
        detector=detector,
        X_train=table.rows,
        n_samples=table.n_samples,
        seed=TRIAL_SEED,
        limits=limits,
        owner="toy tables",
    )


def _source_of_randomness(contract: Contract) -> str:
    generator = contract.parameter("generator")
    return generator.name if generator else "the functions of numpy.random"


def _entry(
    table: ToyTable, detector: Detector, first: Execution, repeat: Execution | None, randomness: str
) -> TableTrial:
    n, d = table.rows.shape
    name = f"{table.name} ({n} rows, {d} column{'s' if d > 1 else ''}, n_samples={table.n_samples})"
    fault = first.fault
    if repeat is not None and not _same(first, repeat):
        message = f"the same arguments gave other rows the second time; use only {randomness} for randomness"
        fault = Fault("result", message)
    hard = spacing = None
    if fault is None and first.checked is not None and len(first.checked.rows):
        rows = first.checked.rows
        bound = np.quantile(detector.predict_score(table.rows), 0.95)
        hard = round(float(np.mean(detector.predict_score(rows) < bound)), 3)
        spacing = _spacing(rows, table.rows)
    return TableTrial(name, fault, hard, spacing, round(first.usage.wall_s, 3), first.usage.callback_calls)


def _same(first: Execution, second: Execution) -> bool:
    return (
        first.checked is not None
        and second.checked is not None
        and first.checked.rows.tobytes() == second.checked.rows.tobytes()
    )


def _spacing(rows: Matrix, normals: Matrix) -> float | None:
    own = float(np.median(_nearest(normals[:300], normals, skip_self=True)))
    if own == 0.0:
        return None
    return round(float(np.median(_nearest(rows, normals))) / own, 3)


def _nearest(A: Matrix, B: Matrix, *, skip_self: bool = False) -> Vector:
    """Euclidean distance of each row of A to its nearest row of B; `skip_self`: row i of A is row i of B."""
    squared = (A**2).sum(axis=1)[:, None] - 2.0 * (A @ B.T) + (B**2).sum(axis=1)[None, :]
    if skip_self:
        np.fill_diagonal(squared, np.inf)
    distances: Vector = np.sqrt(np.maximum(squared.min(axis=1), 0.0))
    return distances
