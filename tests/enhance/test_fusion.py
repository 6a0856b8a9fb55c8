"""The fusion formulas against values worked out by hand, and what must hold for any scores."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from llmdas.data.table import Vector
from llmdas.enhance.fusion import DEFAULT_FUSION, METHODS, Method, fuse, logtail, minmax
from llmdas.errors import DataError

SCORES = st.floats(-1e9, 1e9)


def v(*values: float) -> Vector:
    return np.array(values, dtype=np.float64)


def test_minmax_by_hand() -> None:
    # detector: (s - 2) / (6 - 2); classifier: (s - 0.1) / (0.5 - 0.1), times 2
    fused = fuse(v(2, 6, 4), v(2, 5, 8), v(0.1, 0.5), v(0.1, 0.3, 0.9), method="minmax", weight=2.0)
    np.testing.assert_allclose(fused, [0 + 0, 0.75 + 1.0, 1.5 + 4.0], rtol=1e-12)


def test_logtail_by_hand_inside_and_beyond() -> None:
    # n = 4, top ceil(sqrt(4)) = 2 scores are 3 and 7, the largest below them is 2: b = ((3 - 2) + (7 - 2)) / 2 = 3
    got = logtail(v(7, 1, 3, 2), v(0, 1, 1.5, 3, 7, 10))
    expected = [0.0, 0.0, log(5 / 4), log(5 / 3), log(5 / 2), log(5) + log(1 + 3 / 3)]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_logtail_sum_by_hand() -> None:
    fused = fuse(v(1, 2, 3, 7), v(10, 0), v(1, 2, 3, 7), v(3, 10), method="logtail", weight=0.5)
    np.testing.assert_allclose(fused, [log(10) + 0.5 * log(5 / 3), 0.5 * log(10)], rtol=1e-12)


def test_logtail_counts_equal_scores_as_at_least() -> None:
    np.testing.assert_allclose(logtail(v(0, 0, 0, 1), v(0, 1)), [0.0, log(5 / 2)], atol=1e-15)


def test_logtail_falls_back_on_the_spread_when_the_top_is_flat() -> None:
    reference = np.concatenate((np.zeros(1), np.ones(99)))  # b would be 0
    b = reference.std()
    np.testing.assert_allclose(logtail(reference, v(2.0)), [log(101) + log(1 + 1 / b)], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_equal_scores_everywhere_divide_by_nothing(method: Method) -> None:
    with np.errstate(all="raise"):
        fused = fuse(v(3, 3, 3), v(3, 4), v(0, 0, 0), v(0, 0.5), method=method)
    assert np.isfinite(fused).all()
    assert fused[1] > fused[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reference", [v(0, 1e-310), v(0, 5e-324), v(-8e307, 8e307), v(0, 1e-300, 1e300)])
def test_extreme_spreads_stay_finite(method: Method, reference: Vector) -> None:
    query = v(-1e307, 0, 1e-300, 1, 1e307)
    fused = fuse(reference, query, reference, query, method=method)
    assert np.isfinite(fused).all()
    assert (np.diff(fused) >= 0).all()


@given(
    reference=arrays(np.float64, st.integers(1, 30), elements=SCORES),
    scores=arrays(np.float64, st.integers(2, 30), elements=SCORES),
    scale=st.sampled_from([minmax, logtail]),
)
def test_each_scale_keeps_the_order_of_the_scores(reference: Vector, scores: Vector, scale: type[object]) -> None:
    ordered = np.sort(scores)
    scaled = scale(reference, ordered)
    assert (np.diff(scaled) >= 0).all()
    assert scaled.shape == ordered.shape


@pytest.mark.parametrize("method", METHODS)
def test_rise_in_either_input_never_lowers_the_result(method: Method) -> None:
    rng = np.random.default_rng(0)
    detector, classifier, query = rng.normal(size=50), rng.uniform(size=50), rng.normal(size=40)
    probability = rng.uniform(size=40)
    base = fuse(detector, query, classifier, probability, method=method)
    assert (fuse(detector, query + 3, classifier, probability, method=method) > base).all()
    assert (fuse(detector, query, classifier, probability + 1, method=method) > base).all()


@pytest.mark.parametrize("method", METHODS)
def test_weight_zero_leaves_the_detectors_order(method: Method) -> None:
    rng = np.random.default_rng(0)
    detector, query = rng.normal(size=50), rng.normal(size=40)
    fused = fuse(detector, query, rng.uniform(size=50), rng.uniform(size=40), method=method, weight=0.0)
    assert (np.diff(fused[np.argsort(query)]) >= 0).all()


def test_logtail_alone_keeps_a_narrow_reference_from_drowning_the_detector() -> None:
    rng = np.random.default_rng(0)
    detector, narrow = rng.normal(size=200), rng.uniform(0, 1e-9, size=200)
    query, probability = v(0.0, 8.0), v(0.2, 0.1)  # the second row is far out for the detector
    shares = {m: fuse(detector, query, narrow, probability, method=m) for m in METHODS}
    assert shares["minmax"][0] > shares["minmax"][1]
    assert shares["logtail"][1] > shares["logtail"][0]
    assert DEFAULT_FUSION == "logtail"


def test_misuse_is_refused() -> None:
    one = v(1.0)
    for bad in (v(np.nan), v(np.inf)):
        with pytest.raises(DataError, match="not finite"):
            fuse(one, bad, one, one)
    with pytest.raises(DataError, match="do not match"):
        fuse(one, v(1, 2), one, one)
    with pytest.raises(DataError, match="do not match"):
        fuse(v(), one, one, one)
    with pytest.raises(ValueError, match="method must be one of minmax, logtail"):
        fuse(one, one, one, one, method="rank")  # type: ignore[arg-type]  # the point of the test
    for weight in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight"):
            fuse(one, one, one, one, weight=weight)
