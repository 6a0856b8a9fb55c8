# expect: DAS111
# a main block
# technique: https://docs.python.org/3/library/__main__.html
def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


if __name__ == "__main__":
    pass
