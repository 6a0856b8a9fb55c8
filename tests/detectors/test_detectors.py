"""Every detector of the catalogue, on real rows: direction, batch, seeds, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmdas.detectors.catalogue import lookup, names
from llmdas.detectors.interface import Detector, Matrix
from llmdas.errors import DetectorError

BATCH_FREE = tuple(name for name in names() if name != "ecod-pyod")


def rows(n: int = 120, d: int = 5, seed: int = 0) -> Matrix:
    return np.random.default_rng(seed).normal(size=(n, d))


def fitted(name: str, X: Matrix, seed: int = 0) -> Detector:
    detector = lookup(name).make(seed)
    detector.fit(X)
    return detector


def test_catalogue_lists_the_papers_four_and_pyods_own_ecod() -> None:
    assert names() == ("iforest", "pca", "ocsvm", "ecod", "ecod-pyod")


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Isolation Forest", "iforest"),
        ("IsolationForest", "iforest"),
        ("IF", "iforest"),
        ("OneClassSVM", "ocsvm"),
        ("one-class svm", "ocsvm"),
        ("One_Class SVM", "ocsvm"),
        ("PCA", "pca"),
        ("ECOD", "ecod"),
        ("ecod_pyod", "ecod-pyod"),
    ],
)
def test_spelling_is_forgiven(spelling: str, name: str) -> None:
    assert lookup(spelling).name == name


def test_no_spelling_means_two_detectors() -> None:
    for name in names():
        entry = lookup(name)
        for word in (entry.title, *entry.aliases):
            assert lookup(word) is entry


def test_unknown_name_gets_the_list_and_the_nearest() -> None:
    with pytest.raises(DetectorError) as caught:
        lookup("isolatoin forest")
    assert all(name in caught.value.problem for name in names())
    assert caught.value.remedy == "Did you mean iforest?"


@pytest.mark.parametrize("name", ["", "  ", "xyzzy"])
def test_name_like_nothing_gets_the_list_alone(name: str) -> None:
    with pytest.raises(DetectorError) as caught:
        lookup(name)
    assert "ocsvm" in caught.value.problem
    assert "Did you mean" not in caught.value.remedy


def test_catalogue_imports_neither_pyod_nor_scikit_learn() -> None:
    code = (
        "import sys; from llmdas.detectors.catalogue import lookup; e = lookup('iforest'); e.make(0); print(e.library);"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pyod', 'sklearn', 'scipy', 'matplotlib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, imported = done.stdout.splitlines()
    assert version.startswith("PyOD 3.")
    assert imported == "[]"


@pytest.mark.parametrize("name", names())
def test_obvious_outlier_scores_above_every_training_row(name: str) -> None:
    X = rows()
    detector = fitted(name, X)
    assert detector.predict_score(np.full((1, 5), 12.0))[0] > detector.predict_score(X).max()


@pytest.mark.parametrize("name", BATCH_FREE)
def test_score_does_not_depend_on_the_rows_beside_it(name: str) -> None:
    detector = fitted(name, rows())
    query = np.concatenate((rows(20, seed=1), rows(40, seed=2) * 50))
    alone = np.concatenate([detector.predict_score(query[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(detector.predict_score(query)[:20], alone, rtol=1e-12, atol=1e-12)


def test_pyods_own_ecod_does_depend_on_them() -> None:
    detector = fitted("ecod-pyod", rows())
    query = np.concatenate((rows(1, seed=1), rows(40, seed=2) + 5))
    assert abs(detector.predict_score(query)[0] - detector.predict_score(query[:1])[0]) > 0.1


@pytest.mark.parametrize("name", names())
def test_same_seed_gives_the_same_bits(name: str) -> None:
    query = rows(30, seed=3)
    first, second = (fitted(name, rows(), seed=7).predict_score(query) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_seed_reaches_isolation_forest() -> None:
    query = rows(30, seed=3)
    assert not np.array_equal(
        fitted("iforest", rows(), 1).predict_score(query), fitted("iforest", rows(), 2).predict_score(query)
    )


@pytest.mark.parametrize("name", names())
def test_second_fit_forgets_the_first(name: str) -> None:
    query = rows(30, seed=3)
    detector = fitted(name, rows(seed=4) * 100)
    detector.fit(rows())
    assert detector.predict_score(query).tobytes() == fitted(name, rows()).predict_score(query).tobytes()


@pytest.mark.parametrize("name", names())
def test_misuse_is_refused_with_a_sentence(name: str) -> None:
    detector = lookup(name).make(0)
    with pytest.raises(DetectorError, match="has not been fitted"):
        detector.predict_score(rows())
    for bad, match in (
        (rows(1), "cannot be fitted on 1 row"),
        (np.ones((9, 3)), "all equal"),
        (np.zeros((9, 0)), "shape"),
        (np.zeros(9), "shape"),
    ):
        with pytest.raises(DetectorError, match=match):
            detector.fit(bad)
    spoilt = rows()
    spoilt[6, 2] = np.nan
    with pytest.raises(DetectorError, match="nan in row 7, column 2"):
        detector.fit(spoilt)
    detector.fit(rows())
    with pytest.raises(DetectorError, match="fitted on 5 column"):
        detector.predict_score(rows(d=4))
    with pytest.raises(DetectorError, match="nan in row 7, column 2"):
        detector.predict_score(spoilt)


def test_failed_fit_leaves_no_earlier_model_behind() -> None:
    detector = fitted("iforest", rows())
    with pytest.raises(DetectorError, match="column 3"):
        detector.fit(rows() * np.array([1, 1, 1, 1e300, 1]))
    with pytest.raises(DetectorError, match="has not been fitted"):
        detector.predict_score(rows())


def test_value_beyond_float32_is_refused_by_isolation_forest_instead_of_turning_infinite() -> None:
    detector = fitted("iforest", rows())
    far = rows(3)
    far[1, 4] = 1e39
    with pytest.raises(DetectorError, match=r"1e\+39 in row 2, column 4"):
        detector.predict_score(far)


def test_infinite_score_is_an_error_that_names_the_column_never_a_constant() -> None:
    detector = fitted("pca", rows())
    far = rows(3)
    far[1, 4] = 1e300
    with pytest.raises(DetectorError, match="row 2, whose largest value 1e\\+300 stands in column 4"):
        detector.predict_score(far)


@pytest.mark.parametrize("name", names())
def test_awkward_tables_get_finite_scores(name: str) -> None:
    base = rows(40, 3)
    tables = {
        "constant and duplicate columns": np.column_stack((base, base[:, 0], np.full(40, 0.1))),
        "wider than tall": rows(9, 30),
        "discrete": np.round(base),
        "smallest": rows(8, 1),
        "duplicates": np.repeat(base[:4], 10, axis=0),
    }
    for label, X in tables.items():
        scores = fitted(name, X).predict_score(X)
        assert np.isfinite(scores).all(), label


def test_pca_keeps_the_scores_of_pyod_when_no_component_is_null() -> None:
    from pyod.models.pca import PCA

    X, query = rows(), rows(30, seed=1)
    reference = PCA()
    reference.fit(X)
    np.testing.assert_allclose(fitted("pca", X).predict_score(query), reference.decision_function(query), rtol=1e-9)


def test_pca_drops_the_null_component_that_makes_pyods_scores_infinite() -> None:
    from pyod.models.pca import PCA

    X = np.column_stack((rows(60, 2), np.full(60, 3.0)))
    raw = PCA()
    with np.errstate(divide="ignore"):
        raw.fit(X)
    assert not np.isfinite(raw.decision_scores_).any()
    scores = fitted("pca", X).predict_score(X)
    assert len(np.unique(scores)) > 50


@pytest.mark.parametrize(
    "X",
    [
        rows(200, 6),
        np.round(rows(200, 6)),
        np.exp(rows(200, 6)),
        -np.exp(rows(200, 6)),
        np.column_stack((rows(50, 2), np.full(50, 2.0), np.repeat([0.0, 1.0], 25))),
    ],
    ids=["continuous", "tied", "right-skewed", "left-skewed", "constant and binary"],
)
@pytest.mark.filterwarnings("ignore:Precision loss")
def test_inductive_ecod_gives_training_rows_the_scores_of_pyod(X: Matrix) -> None:
    from pyod.models.ecod import ECOD

    reference = ECOD()
    reference.fit(X)
    np.testing.assert_allclose(fitted("ecod", X).predict_score(X), reference.decision_scores_, rtol=0, atol=1e-9)


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=30).filter(lambda values: len(set(values)) > 1))
@settings(max_examples=50, deadline=None)
@pytest.mark.filterwarnings("ignore:Precision loss")
def test_inductive_ecod_handles_ties_as_pyod_does(values: list[int]) -> None:
    from pyod.models.ecod import ECOD

    X = np.array(values, dtype=float)[:, None]
    reference = ECOD()
    reference.fit(X)
    np.testing.assert_allclose(fitted("ecod", X).predict_score(X), reference.decision_scores_, rtol=0, atol=1e-9)


def test_inductive_ecod_scores_a_row_beyond_all_others_above_the_farthest() -> None:
    X = np.arange(10, dtype=float)[:, None] ** 2
    detector = fitted("ecod", X)
    assert detector.predict_score(np.array([[82.0]]))[0] == pytest.approx(np.log(11))
    assert detector.predict_score(np.array([[81.0]]))[0] == pytest.approx(np.log(10))
