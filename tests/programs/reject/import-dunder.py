# expect: DAS208
# the import function itself
# technique: https://docs.python.org/3/library/functions.html#import__
def generate_hard_anomalies(n_samples, model, X_train, rng):
    os = __import__("os")
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
