"""Counting, pooling, the two-class model, and the enhanced detector as a whole."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.data.readers import default_table
from llmdas.data.split import split_table
from llmdas.data.table import Matrix
from llmdas.detectors.catalogue import lookup
from llmdas.enhance.augment import pool, synthesis_count
from llmdas.enhance.classifier import Classifier, train_classifier
from llmdas.enhance.enhanced import EnhancedDetector, enhance_detector
from llmdas.enhance.fusion import METHODS, Method, fuse
from llmdas.errors import DataError, DetectorError
from llmdas.scaling import Scaler


def normals(n: int = 80, d: int = 4) -> Matrix:
    return np.random.default_rng(0).normal(size=(n, d))


def synthetic(n: int = 20, d: int = 4) -> Matrix:
    return np.random.default_rng(1).uniform(-5, 5, size=(n, d))


def model(trees: int = 40, seed: int = 0) -> Classifier:
    return train_classifier(normals(), synthetic(), seed, n_estimators=trees)


@pytest.mark.parametrize(
    ("n", "ratio", "count"),
    [
        (30, 0.1, 3),
        (31, 0.1, 4),
        (8, 0.1, 1),
        (1, 1e-9, 1),
        (179, 0.1, 18),
        (10, 3.0, 30),
        (7, 0.3, 3),
        (10, 1.1, 11),
        (50, 1.1, 55),
    ],
)
def test_count_is_rounded_up_from_the_written_ratio(n: int, ratio: float, count: int) -> None:
    assert synthesis_count(n, ratio) == count


@given(st.integers(1, 10**6), st.sampled_from(["0.1", "0.2", "0.3", "0.7", "1.1", "0.05"]))
def test_count_never_suffers_from_binary_rounding(n: int, ratio: str) -> None:
    exact = Fraction(ratio) * n
    assert synthesis_count(n, float(ratio)) == max(1, -(-exact.numerator // exact.denominator))


@pytest.mark.parametrize(("n", "ratio"), [(0, 0.1), (5, 0.0), (5, -1.0), (5, float("nan")), (5, float("inf"))])
def test_senseless_counts_are_refused(n: int, ratio: float) -> None:
    with pytest.raises(ValueError, match="n_train must be at least 1"):
        synthesis_count(n, ratio)


def test_pool_keeps_the_order_and_says_who_made_what() -> None:
    pooled = pool({"b": np.ones((2, 3)), "empty": np.zeros((0, 3)), "a": np.zeros((1, 3))})
    np.testing.assert_array_equal(pooled.rows, [[1, 1, 1], [1, 1, 1], [0, 0, 0]])
    assert pooled.sources == ("b", "b", "a")


def test_pool_of_nothing_or_of_unlike_rows_is_refused() -> None:
    with pytest.raises(DataError, match="No program gave"):
        pool({"a": np.zeros((0, 3))})
    with pytest.raises(DataError, match=r"\[2, 3\] columns"):
        pool({"a": np.zeros((1, 3)), "b": np.zeros((1, 2))})


def test_model_scores_synthetic_places_above_normal_ones() -> None:
    fitted = model()
    scores = fitted.score(np.array([[0.0, 0.0, 0.0, 0.0], [4.5, -4.5, 4.5, -4.5]]))
    assert scores[0] < 0.2 < 0.8 < scores[1]


def test_model_is_the_same_bit_for_bit() -> None:
    query = synthetic(50)
    first, second, other = model(), model(), model(seed=1)
    assert first.score(query).tobytes() == second.score(query).tobytes()
    assert first.reference.tobytes() == second.reference.tobytes()
    assert first.score(query).tobytes() != other.score(query).tobytes()


def test_model_score_does_not_depend_on_the_rows_beside_it() -> None:
    fitted, query = model(), synthetic(30)
    alone = np.concatenate([fitted.score(row[None]) for row in query])
    np.testing.assert_array_equal(fitted.score(query), alone)


def test_reference_is_out_of_bag_and_therefore_less_sure_than_scores_in_sample() -> None:
    fitted = model()
    assert fitted.reference.shape == (80,)
    assert fitted.oob_synthetic.shape == (20,)
    assert fitted.reference.mean() > fitted.score(normals()).mean()
    assert fitted.oob_synthetic.mean() < fitted.score(synthetic()).mean()


def test_row_that_is_never_out_of_bag_gets_the_mean_of_its_class() -> None:
    fitted = model(trees=1)  # about 63 % of the rows are in the one tree's bag
    values, counts = np.unique(fitted.reference, return_counts=True)
    common = values[np.argmax(counts)]
    out_of_bag = fitted.reference[~np.isclose(fitted.reference, common)]
    assert counts.max() > 40
    assert common == pytest.approx(out_of_bag.mean() if out_of_bag.size else common)


def test_tiny_classes_are_fitted() -> None:
    fitted = train_classifier(normals(8, 1), synthetic(1, 1), 0, n_estimators=20)
    assert np.isfinite(fitted.reference).all()
    assert ((fitted.score(normals(8, 1)) >= 0) & (fitted.score(normals(8, 1)) <= 1)).all()
    assert fitted.score(np.zeros((0, 1))).shape == (0,)


def test_model_refuses_what_it_cannot_take() -> None:
    huge = synthetic()
    huge[3, 2] = 1e39
    with pytest.raises(DataError, match=r"1e\+39 in row 4, column 2"):
        train_classifier(normals(), huge, 0)
    with pytest.raises(DataError, match="80 normal and 0 synthetic"):
        train_classifier(normals(), synthetic(0), 0)
    with pytest.raises(DataError, match="4 columns and synthetic rows 3"):
        train_classifier(normals(), synthetic(5, 3), 0)
    with pytest.raises(DataError, match="knows 4 columns"):
        model().score(np.zeros((2, 3)))
    with pytest.raises(DataError, match="nan in row 1"):
        model().score(np.full((2, 4), np.nan))


def enhanced(name: str, fusion: Method = "logtail") -> tuple[EnhancedDetector, Matrix, np.ndarray]:
    split = split_table(default_table(), 0)
    assert split.test is not None
    assert split.y_test is not None
    scaler = Scaler.of(split.train)
    train = scaler.transform(split.train)
    made = np.random.default_rng(2).uniform(-6, 6, size=(18, train.shape[1]))
    detector = lookup(name).make(0)
    detector.fit(train)
    return enhance_detector(detector, scaler, train, made, seed=0, fusion=fusion), split.test, split.y_test


@pytest.mark.parametrize("name", ["iforest", "pca", "ocsvm", "ecod"])
def test_enhanced_detector_ranks_anomalies_above_normals_on_a_real_table(name: str) -> None:
    detector, test, y = enhanced(name)
    scores = detector.predict_score(test)
    assert scores.shape == (390,)
    assert np.isfinite(scores).all()
    assert np.median(scores[y == 1]) > np.median(scores[y == 0])
    assert detector.predict_score(test[:5]).tobytes() == scores[:5].tobytes()


@pytest.mark.parametrize("fusion", METHODS)
def test_enhanced_score_is_the_fusion_of_its_parts(fusion: Method) -> None:
    detector, test, _ = enhanced("ecod", fusion)
    scaled = detector.scaler.transform(test)
    expected = fuse(
        detector.detector_train,
        detector.plain_score(test),
        detector.classifier.reference,
        detector.classifier.score(scaled),
        method=fusion,
    )
    np.testing.assert_array_equal(detector.predict_score(test), expected)
    np.testing.assert_array_equal(detector.plain_score(test), detector.detector.predict_score(scaled))


def test_enhanced_detector_is_frozen_and_needs_a_fitted_detector() -> None:
    detector, _, _ = enhanced("ecod")
    with pytest.raises(dataclasses.FrozenInstanceError):
        detector.weight = 2.0  # type: ignore[misc]  # the point of the test
    with pytest.raises(DetectorError, match="has not been fitted"):
        enhance_detector(lookup("pca").make(0), detector.scaler, normals(), synthetic(), seed=0)
