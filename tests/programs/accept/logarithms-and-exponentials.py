import numpy as np


def softmax(x):
    shifted = x - np.max(x, axis=-1, keepdims=True)
    return np.exp(shifted) / np.sum(np.exp(shifted), axis=-1, keepdims=True)


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Symmetric log transform, noise there, and back: relative noise that grows with the value."""
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, size=n_samples)]
    symlog = np.sign(X) * np.log1p(np.abs(X))
    noisy = symlog + rng.normal(0.0, 0.4, size=X.shape) + 0.6
    back = np.sign(noisy) * np.expm1(np.abs(noisy))

    magnitude = np.abs(X_train) + 1e-3
    bits = np.log2(magnitude).mean(axis=0)
    decades = np.log10(magnitude).mean(axis=0)
    natural = np.log(magnitude).mean(axis=0)
    assert np.allclose(np.exp(natural), np.exp2(natural / np.log(2.0)))
    joint = np.logaddexp(natural, 0.0) + np.logaddexp2(bits, 0.0)
    share = softmax(joint - decades)
    base = np.e ** np.euler_gamma
    return back + share * np.sqrt(np.square(back) + base) * 0.5
