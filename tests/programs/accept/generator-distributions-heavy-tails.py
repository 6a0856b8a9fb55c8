import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """One heavy-tailed law per row, scaled so that most values stay ordinary and a few do not."""
    n, d = X_train.shape
    laws = [
        rng.standard_t(df=2.5, size=d),
        rng.standard_cauchy(size=d),
        rng.laplace(0.0, 1.0, size=d),
        rng.logistic(0.0, 0.6, size=d),
        rng.gumbel(0.0, 0.8, size=d),
        rng.pareto(3.0, size=d) - 0.5,
        rng.lognormal(0.0, 0.7, size=d) - 1.0,
        rng.weibull(0.8, size=d) - 1.0,
        rng.power(0.5, size=d) - 0.5,
        rng.wald(1.0, 1.5, size=d) - 1.0,
    ]
    X = np.empty((n_samples, d))
    base = X_train[rng.integers(0, n, size=n_samples)]
    for i in range(n_samples):
        noise = np.clip(laws[i % len(laws)], -6.0, 6.0)
        X[i] = base[i] + rng.permutation(noise) + rng.normal(0.0, 0.05, size=d)
    return X
