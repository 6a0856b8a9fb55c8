# expect: DAS110
# rows and scores
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
    return X, model.predict_score(X)
