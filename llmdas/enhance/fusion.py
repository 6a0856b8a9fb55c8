"""The one place where the detector's score and the two-class model's score become one.

``minmax`` is the paper's (arXiv 2510.03904, enhancement stage): both scores are min-max scaled on training scores and
s = detector + lambda * classifier. ``logtail`` puts both on the scale of surprise instead,
T(s) = -log((r + 1) / (n + 1)) with r the training normals that score at least s, and sums T(detector) + lambda *
T(classifier); beyond the largest training score T goes on as log(n + 1) + log(1 + (s - max) / b), b being the mean
excess of the top sqrt(n) training scores over the largest score below them.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from llmdas.data.table import Vector
from llmdas.errors import DataError

Method = Literal["minmax", "logtail"]
METHODS: tuple[Method, ...] = ("minmax", "logtail")

# Chosen without labels: min-max takes its unit from two single training rows, so one stray normal, or out-of-bag scores
# that span next to nothing, decide which of the two scores is heard; ranks and the mean of the top sqrt(n) do not.
DEFAULT_FUSION: Method = "logtail"
DEFAULT_WEIGHT = 1.0
_CEILING = 1e300  # keeps a quotient by a tiny spread finite; order is kept below it


def fuse(
    detector_train: Vector,
    detector_test: Vector,
    classifier_reference: Vector,
    classifier_test: Vector,
    *,
    method: Method = DEFAULT_FUSION,
    weight: float = DEFAULT_WEIGHT,
) -> Vector:
    """Return the enhanced score of the test rows, float64 (m,), high = abnormal, never falling in either input.

    Args:
        detector_train: (n,), the detector's scores of the training normals, high = abnormal.
        detector_test: (m,), its scores of the rows to judge.
        classifier_reference: (n,), the two-class model's out-of-bag scores of the training normals.
        classifier_test: (m,), its scores of the rows to judge.
        method: ``minmax`` or ``logtail``, see the module.
        weight: lambda, at least 0; 0 leaves the detector's order as it is.

    Raises:
        DataError: a score is not finite, there is no training score, or the test scores differ in number.
        ValueError: an unknown method or a weight that is not finite and at least 0.
    """
    if method not in METHODS:
        raise ValueError(f"fusion method must be one of {', '.join(METHODS)}, not {method!r}")
    if not (math.isfinite(weight) and weight >= 0):
        raise ValueError(f"fusion weight must be finite and at least 0, not {weight}")
    for scores in (detector_train, detector_test, classifier_reference, classifier_test):
        if not np.isfinite(scores).all():
            raise DataError("A score to be fused is not finite.", "Look at the detector's scores of the training rows.")
    if detector_test.shape != classifier_test.shape or not len(detector_train) or not len(classifier_reference):
        raise DataError(
            f"Scores to be fused do not match: {len(detector_test)} of the detector, {len(classifier_test)} of the"
            f" model, and {len(detector_train)} and {len(classifier_reference)} of training rows."
        )
    scale = minmax if method == "minmax" else logtail
    return scale(detector_train, detector_test) + weight * scale(classifier_reference, classifier_test)


def minmax(reference: Vector, scores: Vector) -> Vector:
    """Return (s - min) / (max - min) with min and max of the reference, float64 (n,), (m,) -> (m,); not clipped.

    When the reference is constant there is no unit to divide by, and s - min is returned.
    """
    low, high = float(reference.min()), float(reference.max())
    return _quotient(scores - low, high - low)


def logtail(reference: Vector, scores: Vector) -> Vector:
    """Return the surprise T(s) of each score under the reference, float64 (n,), (m,) -> (m,), at least 0.

    When the top of the reference is constant, b is its standard deviation, and 1 when that is 0 as well.
    """
    ordered = np.sort(reference)
    n, top = len(ordered), ordered[-1]
    at_least = n - np.searchsorted(ordered, scores, side="left")
    inside: Vector = -np.log((at_least + 1.0) / (n + 1.0))
    beyond: Vector = np.log1p(_quotient(np.maximum(scores - top, 0.0), _mean_excess(ordered)))
    return inside + beyond


def _mean_excess(ordered: Vector) -> float:
    """Mean of the top ceil(sqrt(n)) scores minus the largest score below them (the smallest, when none is below)."""
    k = math.ceil(math.sqrt(len(ordered)))
    threshold = ordered[max(len(ordered) - k - 1, 0)]
    excess = float(np.mean(ordered[-k:] - threshold))
    return excess if excess > 0 else float(np.std(ordered))


def _quotient(numerator: Vector, unit: float) -> Vector:
    if not unit > 0:
        return numerator
    with np.errstate(over="ignore"):
        return np.clip(numerator / unit, -_CEILING, _CEILING)
