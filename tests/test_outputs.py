"""The host's output check: nothing that breaks the contract comes through, whatever the sandbox says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from llmdas.outputs import CheckedRows, check_rows

TRAIN = np.arange(12.0).reshape(6, 2)


def test_good_rows_pass_unchanged():
    rows = TRAIN[:3] + 0.5
    checked = check_rows(rows, 3, TRAIN)
    assert isinstance(checked, CheckedRows)
    assert np.array_equal(checked.rows, rows)
    assert (checked.copies, checked.repeats) == (0, 0)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (2, 2), (3, 2, 1), (0, 2)])
def test_another_shape_is_told_with_both_shapes(shape):
    said = check_rows(np.zeros(shape), 3, TRAIN)
    assert isinstance(said, str)
    assert str(shape) in said
    assert "(3, 2)" in said


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_a_fault(bad):
    rows = TRAIN[:3] + 0.5
    rows[1, 1] = bad
    assert "1 of 3 returned rows hold NaN or infinite" in check_rows(rows, 3, TRAIN)


def test_few_copies_are_dropped_and_counted_and_many_are_a_fault():
    few = np.vstack([TRAIN[:1], TRAIN[:3] + 0.5])
    checked = check_rows(few, 4, TRAIN)
    assert isinstance(checked, CheckedRows)
    assert checked.copies == 1
    assert len(checked.rows) == 3
    many = np.vstack([TRAIN[:3], TRAIN[:1] + 0.5])
    assert "3 of 4 returned rows equal a row of X_train" in check_rows(many, 4, TRAIN)


def test_negative_zero_counts_as_zero():
    train = np.array([[0.0, 1.0], [2.0, 3.0]])
    checked = check_rows(np.array([[-0.0, 1.0], [5.0, 5.0]]), 2, train)
    assert isinstance(checked, CheckedRows)
    assert checked.copies == 1


def test_rows_that_repeat_one_row_are_a_fault():
    assert "only 1 of 6 returned rows are distinct" in check_rows(np.full((6, 2), 0.25), 6, TRAIN)


@given(arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(0, 4)), elements=st.floats(width=64)))
def test_whatever_comes_back_is_refused_or_finite_and_new(value):
    checked = check_rows(value, 4, TRAIN)
    if isinstance(checked, CheckedRows):
        assert np.isfinite(checked.rows).all()
        assert checked.rows.shape[1] == 2
        assert not any((row == TRAIN).all(axis=1).any() for row in checked.rows)
