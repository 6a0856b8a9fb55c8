# expect: DAS108
# one branch returns None
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    if len(X_train) < 2:
        return None
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
