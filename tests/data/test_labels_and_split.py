"""What label values mean, and which rows train."""

from __future__ import annotations

import numpy as np
import pytest

from llmdas.data.labels import as_labels
from llmdas.data.split import split_table
from llmdas.data.table import Table, make_table
from llmdas.errors import DataError


def table(normals: int, anomalies: int) -> Table:
    n = normals + anomalies
    X = np.arange(2.0 * n).reshape(n, 2)
    y = np.array([0] * normals + [1] * anomalies)
    return make_table(X, y, ("a", "b"), "made", where="made")


@pytest.mark.parametrize(
    "values",
    [
        [0, 1, 0],
        ["0", "1", "0"],
        ["0.0", "1", " 0 "],
        [False, True, False],
        ["False", "true", "FALSE"],
        [0.0, 1.0, 0.0],
    ],
)
def test_zero_and_one_are_taken_as_they_are(values: list[object]) -> None:
    y, note = as_labels(values, "t")
    assert (y.tolist(), note) == ([0, 1, 0], "")


def test_one_stays_the_anomaly_when_it_is_frequent() -> None:
    assert as_labels([1, 1, 1, 0], "t")[0].tolist() == [1, 1, 1, 0]


def test_words_decide_before_frequency() -> None:
    y, note = as_labels(["bad", "bad", "benign"], "t")
    assert y.tolist() == [1, 1, 0]
    assert "'benign' was read as normal and 'bad' as anomaly, because the words say so" in note


def test_one_known_word_is_enough() -> None:
    assert as_labels(["dos", "dos", "normal"], "t")[0].tolist() == [1, 1, 0]


@pytest.mark.parametrize("values", [[1, 1, -1], ["M", "B", "B"][::-1], [2, 2, 7.5]])
def test_otherwise_the_rarer_value_is_the_anomaly_and_that_is_told(values: list[object]) -> None:
    y, note = as_labels(values, "t")
    assert y.tolist() == [0, 0, 1]
    assert "because it is the rarer (1 of 3)" in note


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ([1, 2, 1, 2], "2 times each"),
        ([1, 2, 3], "3 different value(s)"),
        ([5, 5], "1 different value(s)"),
        ([0, None], "label of row 2 is missing"),
        ([0, float("nan")], "label of row 2 is missing"),
        (list(range(100)), "100 different value(s) (0, 1, 2, 3, ...)"),
    ],
)
def test_other_values_are_refused(values: list[object], part: str) -> None:
    with pytest.raises(DataError) as caught:
        as_labels(values, "t")
    assert part in caught.value.problem


def test_half_of_the_normals_train_and_everything_else_tests() -> None:
    source = table(21, 5)
    split = split_table(source, 3)
    assert split.test is not None
    assert split.y_test is not None
    assert (len(split.train), len(split.test), int(split.y_test.sum())) == (11, 15, 5)
    assert sorted([*split.train_rows, *split.test_rows]) == list(range(26))
    np.testing.assert_array_equal(split.train, source.X[split.train_rows])
    np.testing.assert_array_equal(split.test, source.X[split.test_rows])
    assert source.y is not None
    assert not source.y[split.train_rows].any()
    np.testing.assert_array_equal(split.y_test, source.y[split.test_rows])


def test_same_seed_same_rows_other_seed_other_rows() -> None:
    source = table(40, 5)
    assert split_table(source, 1).train_rows.tolist() == split_table(source, 1).train_rows.tolist()
    assert sorted(split_table(source, 1).train_rows) != sorted(split_table(source, 2).train_rows)


def test_normals_are_shuffled_not_cut_in_file_order() -> None:
    assert set(split_table(table(40, 5), 0).train_rows.tolist()) != set(range(20))


def test_without_labels_every_row_trains() -> None:
    bare = make_table(np.arange(20.0).reshape(10, 2), None, ("a", "b"), "made", where="made")
    split = split_table(bare, 0)
    assert split.test is None
    assert split.y_test is None
    assert split.train_rows.tolist() == list(range(10))
    assert split.test_rows.size == 0
    np.testing.assert_array_equal(split.train, bare.X)


def test_a_program_is_promised_eight_training_rows() -> None:
    assert len(split_table(table(15, 2), 0).train) == 8
    with pytest.raises(DataError, match="only 7 would train"):
        split_table(table(14, 2), 0)
