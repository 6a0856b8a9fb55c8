import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Splits columns into roles by simple facts; the roles say what is done to a column."""
    n, d = X_train.shape
    spread = {j: float(X_train[:, j].std()) for j in range(d)}
    wide = {j for j, s in spread.items() if s > np.median(list(spread.values()))}
    high = set(np.flatnonzero(X_train.mean(axis=0) > 0).tolist())
    every = frozenset(range(d))
    both, either = wide.intersection(high), wide.union(high)
    one = wide.symmetric_difference(high)
    rest = every.difference(either)
    assert both.issubset(either) and either.issuperset(wide) and both.isdisjoint(rest)

    todo = set(every)
    todo.discard(d + 1)
    todo.add(d)
    todo.remove(d)
    narrow = set(every)
    narrow.difference_update(wide)
    common = set(every)
    common.intersection_update(one | {0})
    narrow.update(common)

    roles = {j: "shift" for j in every}
    roles.update({j: "mirror" for j in both})
    roles.setdefault(0, "shift")
    last = roles.pop(d - 1)
    roles[d - 1] = last
    settings = {"strength": 1.5, "unused": None, **{"floor": 0.3}}
    name, value = settings.popitem()
    del settings["unused"]
    X = X_train[rng.integers(0, n, n_samples)].copy()
    for j, role in sorted(roles.items()):
        factor = settings.get("strength", 1.0) + 0.1 * (j in narrow)
        if role == "mirror":
            X[:, j] = -factor * X[:, j]
        elif j not in rest:
            X[:, j] += factor * spread[j] + value
        else:
            X[:, j] -= factor * spread[j] + value
    settings.clear()
    return X + 0.1 * len(roles.keys()) / d * rng.standard_normal((n_samples, d)) + 0.0 * len(name) + 0.01 * len(todo)
