"""One scaling for detectors, programs and the two-class model."""

import numpy as np

from llmdas.scaling import Scaler


def test_columns_get_mean_0_and_sd_1_and_come_back():
    X = np.random.default_rng(0).normal(5.0, [[1e-13, 1.0, 1e9]], (50, 3)) - np.array([5.0, 0.0, 0.0])
    scaler = Scaler.of(X)
    Z = scaler.transform(X)
    assert np.allclose(Z.mean(axis=0), 0.0, atol=1e-9)
    assert np.allclose(Z.std(axis=0), 1.0)
    assert np.allclose(scaler.inverse_transform(Z), X)


def test_a_constant_column_keeps_its_unit_and_becomes_0():
    X = np.c_[np.full(30, 0.1), np.arange(30.0)]
    assert X[:, 0].std() != 0.0  # what rounding leaves; dividing by it would make noise of order one
    scaler = Scaler.of(X)
    assert scaler.scale[0] == 1.0
    assert np.abs(scaler.transform(X)[:, 0]).max() < 1e-12


def test_other_rows_are_scaled_by_the_training_rows():
    scaler = Scaler.of(np.array([[0.0], [2.0]]))
    assert scaler.transform(np.array([[5.0]]))[0, 0] == 4.0
