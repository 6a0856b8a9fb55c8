# expect: DAS105, DAS108
# a generator is not an array
def generate_hard_anomalies(n_samples, model, X_train, rng):
    for i in range(n_samples):
        yield X_train[i] + 1.0
