"""This program does not use eval, exec, open, __import__, os.system or np.load.

It only mentions them: pickle, ctypes, getattr(x, "__class__"), while True: pass.
"""
import numpy as np

# No exec here, no subprocess, no X_train[0] = 1; the word noqa alone silences nothing.


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Never calls import os; see `__globals__` and `allow_pickle=True`."""
    exec_count = 0
    eval_points = X_train[rng.integers(0, len(X_train), n_samples)]  # open ended, type of rows: float
    open_rows, system, compile_time = 1, 2.0, 0.5
    note = "model.decision_function and np.random.seed(0)"
    exec_count += len(note) * 0
    return eval_points * system + open_rows * compile_time + exec_count
