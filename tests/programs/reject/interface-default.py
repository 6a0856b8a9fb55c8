# expect: DAS104
# a parameter with a default
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng=None):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
