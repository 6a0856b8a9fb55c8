"""Metrics against scikit-learn, intervals against a plain bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from llmdas.data.table import Labels, Vector
from llmdas.enhance import evaluate as module
from llmdas.enhance.evaluate import compare, evaluate
from llmdas.errors import DataError


def made(n: int = 300, share: float = 0.2, seed: int = 0) -> tuple[Labels, Vector]:
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < share * n).astype(np.int64)
    return y, rng.normal(size=n) + y


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4)), min_size=2, max_size=40).filter(
        lambda rows: len({label for label, _ in rows}) == 2
    )
)
def test_values_are_those_of_scikit_learn_ties_included(rows: list[tuple[int, int]]) -> None:
    y, scores = np.array([a for a, _ in rows]), np.array([float(b) for _, b in rows])
    found = evaluate(y, scores, 0, n_bootstrap=2)
    assert found.auc_pr.value == pytest.approx(average_precision_score(y, scores), abs=1e-12)
    assert found.auc_roc.value == pytest.approx(roc_auc_score(y, scores), abs=1e-12)


def test_intervals_are_those_of_a_plain_stratified_bootstrap() -> None:
    y, scores = made()
    scores = scores.round(1)
    positives, negatives = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    rng = np.random.default_rng(5)
    hits = positives[rng.integers(0, len(positives), size=(40, len(positives)))]
    misses = negatives[rng.integers(0, len(negatives), size=(40, len(negatives)))]
    samples = [np.concatenate(pair) for pair in zip(hits, misses, strict=True)]
    for metric, name in ((average_precision_score, "auc_pr"), (roc_auc_score, "auc_roc")):
        plain = [metric(y[rows], scores[rows]) for rows in samples]
        found = getattr(evaluate(y, scores, 5, n_bootstrap=40), name)
        np.testing.assert_allclose([found.low, found.high], np.quantile(plain, [0.025, 0.975]), atol=1e-12)


def test_interval_holds_the_value_and_narrows_with_more_rows() -> None:
    small, large = (evaluate(*made(n), 0) for n in (100, 3000))
    for found in (small, large):
        assert found.auc_pr.low < found.auc_pr.value < found.auc_pr.high
        assert found.auc_roc.low < found.auc_roc.value < found.auc_roc.high
    assert large.auc_roc.high - large.auc_roc.low < (small.auc_roc.high - small.auc_roc.low) / 3
    assert (large.rows, large.anomalies, large.n_bootstrap) == (3000, 600, 1000)


def test_perfect_and_inverted_scores() -> None:
    y, _ = made()
    best, worst = evaluate(y, y.astype(float), 0), evaluate(y, -y.astype(float), 0)
    assert (best.auc_pr.value, best.auc_pr.low, best.auc_roc.high) == (1.0, 1.0, 1.0)
    assert (worst.auc_roc.value, worst.auc_roc.high) == (0.0, 0.0)


def test_same_seed_same_interval_other_seed_other_interval() -> None:
    y, scores = made()
    first = evaluate(y, scores, 1)
    assert evaluate(y, scores, 1) == first
    assert evaluate(y, scores, 2) != first
    assert evaluate(y, scores, 2).auc_pr.value == first.auc_pr.value


def test_paired_difference_of_a_detector_with_itself_is_nothing() -> None:
    y, scores = made()
    found = compare(y, scores, scores * 3 + 1, 0)
    assert (found.auc_pr.value, found.auc_pr.low, found.auc_pr.high) == (0.0, 0.0, 0.0)
    assert (found.auc_roc.value, found.auc_roc.low, found.auc_roc.high) == (0.0, 0.0, 0.0)


def test_paired_interval_is_narrower_than_two_separate_ones() -> None:
    y, scores = made(600)
    better = scores + 0.3 * y
    paired = compare(y, scores, better, 0).auc_roc
    assert paired.value == pytest.approx(roc_auc_score(y, better) - roc_auc_score(y, scores))
    assert 0 < paired.low < paired.value < paired.high
    alone = evaluate(y, scores, 0).auc_roc
    assert paired.high - paired.low < (alone.high - alone.low) / 2


def test_difference_has_the_sign_of_enhanced_minus_plain() -> None:
    y, scores = made()
    assert compare(y, scores, -scores, 0).auc_roc.value < 0


@pytest.mark.parametrize(
    ("y", "scores", "match"),
    [
        ([0, 0, 0], [1.0, 2.0, 3.0], "need normal"),
        ([1, 1, 1], [1.0, 2.0, 3.0], "need normal"),
        ([0, 2, 1], [1.0, 2.0, 3.0], "need normal"),
        ([0, 1], [1.0, np.inf], "not finite"),
        ([0, 1], [1.0], "shape"),
    ],
)
def test_what_cannot_be_measured_is_refused(y: list[int], scores: list[float], match: str) -> None:
    with pytest.raises(DataError, match=match):
        evaluate(np.array(y), np.array(scores), 0)
    with pytest.raises(DataError, match=match):
        compare(np.array(y), np.array(scores), np.array(scores), 0)


def test_large_tables_are_resampled_in_bounded_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    y, _ = made(500)
    monkeypatch.setattr(module, "_CHUNK_CELLS", 1500)
    sizes = [len(hits) for _, _, hits, _ in module._resamples(np.flatnonzero(y), np.flatnonzero(1 - y), 0, 10)]
    assert sizes == [3, 3, 3, 1]
