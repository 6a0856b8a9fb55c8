import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """A plan of steps kept in a list, worked through from both ends."""
    n, d = X_train.shape
    plan = [("shift", 1.5), ("scale", 1.4)]
    plan.append(("swap", 0.0))
    plan.insert(0, ("noise", 0.3))
    plan.extend([("shift", -1.0)] * 2)
    plan.remove(("shift", -1.0))
    first = plan.index(("shift", 1.5))
    shifts = plan.count(("shift", 1.5))
    plan.reverse()
    last = plan.pop()
    plan.sort(key=lambda step: (step[0], -step[1]))
    plan += [last]
    names = tuple(name for name, _ in plan)
    window = slice(first, None, shifts)
    columns = list(range(d))[::-1]

    X = X_train[rng.integers(0, n, n_samples)].copy()
    for (name, amount), j in zip(plan, columns * len(plan)):
        if name == "shift":
            X[:, j] += amount
        elif name == "scale":
            X *= amount
        elif name == "swap":
            X[:, [j, 0]] = X[:, [0, j]]
        else:
            X = X + amount * rng.standard_normal(X.shape)
    X[window] += 0.25
    return X * (1.0 if "noise" in names and len(set(names)) == 4 else 0.0)
