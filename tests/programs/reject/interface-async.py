# expect: DAS105
# a coroutine is not an array
# technique: https://docs.python.org/3/reference/compound_stmts.html#async-def
async def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
