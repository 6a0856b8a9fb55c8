# expect: DAS109
# a constant instead of rows
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    return [[0.0, 1.0], [1.0, 0.0]]
