# expect: DAS111
# an example call below the function
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


generate_hard_anomalies(10, None, None, None)
