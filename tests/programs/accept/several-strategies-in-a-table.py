import numpy as np


def shift(X, rng, s):
    return X + s * rng.choice([-1.0, 1.0], size=X.shape)


def scramble(X, rng, s):
    out = X.copy()
    for j in range(out.shape[1]):
        out[:, j] = rng.permutation(out[:, j])
    return out + 0.1 * s * rng.standard_normal(out.shape)


def spike(X, rng, s):
    out = X.copy()
    out[np.arange(len(out)), rng.integers(0, out.shape[1], len(out))] += 4.0 * s
    return out


STRATEGIES = {"shift": shift, "scramble": scramble, "spike": spike}
WEIGHTS = [0.3, 0.4, 0.3]


def generate_hard_anomalies(n_samples, model, X_train, rng):
    names = list(STRATEGIES)
    counts = rng.multinomial(n_samples, WEIGHTS)
    parts = []
    for name, count in zip(names, counts):
        if count == 0:
            continue
        base = X_train[rng.integers(0, len(X_train), size=count)]
        parts.append(STRATEGIES[name](base, rng, s=X_train.std() + 0.1))
    out = np.concatenate(parts)
    return out[rng.permutation(len(out))]
