# expect: DAS102
# the second definition is what runs
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[:n_samples] * 0.0
