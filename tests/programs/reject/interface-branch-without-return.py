# expect: DAS108
# one branch falls off the end
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    if n_samples > 1:
        return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
