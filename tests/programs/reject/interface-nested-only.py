# expect: DAS101
# the function exists inside another one only
# technique: docs/policy.md
def make():
    def generate_hard_anomalies(n_samples, model, X_train, rng):
        return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0

    return generate_hard_anomalies
