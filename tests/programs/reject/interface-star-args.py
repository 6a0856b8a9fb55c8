# expect: DAS104
# *args hides the interface
# technique: https://docs.python.org/3/reference/compound_stmts.html#function-definitions
def generate_hard_anomalies(n_samples, model, X_train, rng, *args):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
