"""AUC-PR and AUC-ROC with bootstrap intervals, for one detector and for the difference of two on the same rows.

Interval: stratified percentile bootstrap, 95 % (Efron and Tibshirani 1993, chapter 13). Normals and anomalies are each
drawn with replacement among themselves, so that every resample has the table's share of anomalies; the limits are the
2.5 % and 97.5 % quantiles. It says how the figure would move with other test rows, not with another split, seed or
program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmdas.data.table import Labels, Matrix, Vector
from llmdas.errors import DataError

METHOD = "stratified percentile bootstrap, 95 %, rows resampled within each class"
N_BOOTSTRAP = 1000
_QUANTILES = (0.025, 0.975)
_CHUNK_CELLS = 1 << 22  # resampled cells held at once, about 32 MiB


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """How well scores rank anomalies above normals.

    Attributes:
        auc_pr: average precision (area under the precision-recall steps); by chance it is the share of anomalies.
        auc_roc: area under the ROC curve, ties counted half; by chance 0.5.
        rows, anomalies: of the rows measured.
        n_bootstrap: resamples behind the intervals.
        method: how the intervals were made.
    """

    auc_pr: Estimate
    auc_roc: Estimate
    rows: int
    anomalies: int
    n_bootstrap: int
    method: str = METHOD


@dataclass(frozen=True, slots=True)
class Difference:
    """Enhanced minus plain on the same rows, with paired intervals: both are measured on the same resamples."""

    auc_pr: Estimate
    auc_roc: Estimate
    n_bootstrap: int
    method: str = "paired " + METHOD


def evaluate(y: Labels, scores: Vector, seed: int, n_bootstrap: int = N_BOOTSTRAP) -> Metrics:
    """Measure scores, float64 (m,), high = abnormal, against labels, int (m,), 0 = normal and 1 = anomaly.

    Raises:
        DataError: one class only, a score that is not finite, or lengths that differ.
    """
    _check(y, scores)
    value, resampled = _measure(y, (scores,), seed, n_bootstrap)
    pr, roc = (_estimate(value[0, metric], resampled[0, metric]) for metric in (0, 1))
    return Metrics(pr, roc, len(y), int(y.sum()), n_bootstrap)


def compare(y: Labels, plain: Vector, enhanced: Vector, seed: int, n_bootstrap: int = N_BOOTSTRAP) -> Difference:
    """Return enhanced minus plain with paired intervals; an interval that holds 0 is no evidence of a gain.

    Raises:
        DataError: as `evaluate`.
    """
    _check(y, plain)
    _check(y, enhanced)
    value, resampled = _measure(y, (plain, enhanced), seed, n_bootstrap)
    pr, roc = (_estimate(value[1, m] - value[0, m], resampled[1, m] - resampled[0, m]) for m in (0, 1))
    return Difference(pr, roc, n_bootstrap)


def _estimate(value: float, resampled: Vector) -> Estimate:
    low, high = np.quantile(resampled, _QUANTILES)
    return Estimate(float(value), float(low), float(high))


def _check(y: Labels, scores: Vector) -> None:
    if np.shape(y) != np.shape(scores) or np.ndim(y) != 1:
        raise DataError(f"There are labels of shape {np.shape(y)} and scores of shape {np.shape(scores)}.")
    if not np.isin(y, (0, 1)).all() or len(np.unique(y)) != 2:
        raise DataError(
            "AUC-PR and AUC-ROC need normal (0) and anomalous (1) test rows.", "Give labels of both classes."
        )
    if not np.isfinite(scores).all():
        raise DataError("A score to be measured is not finite.", "Look at the detector.")


def _measure(y: Labels, scored: tuple[Vector, ...], seed: int, n_bootstrap: int) -> tuple[Matrix, NDArray[np.float64]]:
    """Return both metrics of each scoring, (s, 2), and of its resamples, (s, 2, n_bootstrap)."""
    positives, negatives = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    # Place of each row's score among the distinct scores, from the most abnormal down: equal scores share a place.
    places = [np.unique(-scores, return_inverse=True)[1] for scores in scored]
    sizes = [int(place.max()) + 1 for place in places]
    value = np.empty((len(scored), 2))
    resampled = np.empty((len(scored), 2, n_bootstrap))
    for s, (place, size) in enumerate(zip(places, sizes, strict=True)):
        whole = (_counts(place[rows][None], size) for rows in (positives, negatives))
        value[s] = np.concatenate(_both(*whole))
    for start, stop, hits, misses in _resamples(positives, negatives, seed, n_bootstrap):
        for s, (place, size) in enumerate(zip(places, sizes, strict=True)):
            both = _both(_counts(place[hits], size), _counts(place[misses], size))
            resampled[s, 0, start:stop], resampled[s, 1, start:stop] = both
    return value, resampled


def _resamples(
    positives: NDArray[np.intp], negatives: NDArray[np.intp], seed: int, n_bootstrap: int
) -> Iterator[tuple[int, int, NDArray[np.intp], NDArray[np.intp]]]:
    """Yield resamples in chunks: first, past the last, rows of the anomalies (r, p), rows of the normals (r, q)."""
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK_CELLS // (len(positives) + len(negatives)))
    for start in range(0, n_bootstrap, step):
        stop = min(start + step, n_bootstrap)
        drawn = [rows[rng.integers(0, len(rows), size=(stop - start, len(rows)))] for rows in (positives, negatives)]
        yield start, stop, drawn[0], drawn[1]


def _counts(places: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    """Count, per resample, the rows at each place: (r, k) -> (r, size)."""
    r = len(places)
    flat = places + np.arange(r)[:, None] * size
    return np.bincount(flat.ravel(), minlength=r * size).reshape(r, size)


def _both(positives: NDArray[np.intp], negatives: NDArray[np.intp]) -> tuple[Vector, Vector]:
    """Average precision and AUC-ROC from counts per place, most abnormal first: (r, size) twice -> (r,) twice."""
    hits, alarms = positives.cumsum(axis=1), negatives.cumsum(axis=1)
    p, q = hits[:, -1], alarms[:, -1]
    precision = hits / np.maximum(hits + alarms, 1)
    average_precision = (positives * precision).sum(axis=1) / p
    auc_roc = (negatives * (hits - positives / 2)).sum(axis=1) / (p * q)
    return average_precision, auc_roc
