"""What a report shows: plain records, filled by the pipeline, rendered by `html`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its bootstrap interval (95 %)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric, plain beside enhanced, on the same test rows; `gain` is the paired difference."""

    metric: str
    plain: Interval
    enhanced: Interval
    gain: Interval


@dataclass(frozen=True, slots=True)
class AttemptCard:
    """One answer of the LLM: where it ended, what was wrong, and its source (None when no code could be taken)."""

    number: int
    stage: str
    accepted: bool
    problems: tuple[str, ...]
    source: str | None


@dataclass(frozen=True, slots=True)
class ProgramCard:
    """One program with its whole dialogue.

    `outcome` is one sentence on what became of it on the real rows, such as ``made 18 rows`` or why it was set aside.
    `trial` lists (toy table, share scored as normal, spacing) of the accepted attempt.
    """

    name: str
    aim: str
    sha256: str | None
    outcome: str
    attempts: tuple[AttemptCard, ...]
    trial: tuple[tuple[str, float | None, float | None], ...]


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything the report shows.

    Attributes:
        title: such as ``Isolation Forest on breast cancer``.
        facts: (label, value) pairs in order: detector, table, rows, LLM, sandbox, seed, time.
        summary: sentences in plain words, the honest verdict first (also "no gain").
        description: the LLM's description of the detector, plain text.
        comparisons: empty when there are no labels.
        plain, enhanced: scores of the scored rows, (m,), high = abnormal.
        y: labels of the scored rows, 0 normal and 1 anomaly, or None.
        normals, synthetic, anomalies: scaled rows for the projection, (n, d), (k, d), (a, d); anomalies may have
            no row.
        programs: one card per program asked for.
        digests: name -> hex digest.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[str, ...]
    description: str
    comparisons: tuple[Comparison, ...]
    plain: Vector
    enhanced: Vector
    y: NDArray[np.int64] | None
    normals: Matrix
    synthetic: Matrix
    anomalies: Matrix
    programs: tuple[ProgramCard, ...]
    digests: dict[str, str]
