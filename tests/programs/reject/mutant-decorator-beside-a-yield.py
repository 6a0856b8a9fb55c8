# expect: DAS105 DAS209
# a decorator in a program that is refused for its syntax anyway
# technique: https://peps.python.org/pep-0318/
def passed_on(function):
    return function


@passed_on
def helper(x):
    return x + 1.0


def generate_hard_anomalies(n_samples, model, X_train, rng):
    yield helper(X_train)
    return X_train * 2.0
