# expect: DAS107
# bound to a lambda
# technique: https://docs.python.org/3/reference/expressions.html#lambda
generate_hard_anomalies = lambda n_samples, model, X_train, rng: X_train[:n_samples] + 1.0
