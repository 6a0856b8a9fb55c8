# expect: DAS007
# -*- coding: utf-7 -*- hides a line feed in +AAo-
# technique: https://blog.arkark.dev/2022/11/18/seccon-en/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
