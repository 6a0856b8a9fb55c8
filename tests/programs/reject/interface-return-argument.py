# expect: DAS109
# the training rows instead of new ones
# technique: docs/policy.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train
