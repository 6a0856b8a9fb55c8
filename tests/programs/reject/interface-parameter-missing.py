# expect: DAS103, DAS204
# a parameter is missing
def generate_hard_anomalies(n_samples, model, X_train):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
