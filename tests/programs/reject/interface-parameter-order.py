# expect: DAS103
# parameters in another order
# technique: docs/policy.md
def generate_hard_anomalies(model, n_samples, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
