# expect: DAS111, DAS208
# a main block
def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


if __name__ == "__main__":
    pass
