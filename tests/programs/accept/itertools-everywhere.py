import itertools
from itertools import accumulate, chain, islice, pairwise, starmap, zip_longest

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Walks pairs and triples of columns in turn; each row breaks the relation of one of them."""
    n, d = X_train.shape
    pairs = list(itertools.combinations_with_replacement(range(min(d, 5)), 2))
    ordered = list(itertools.permutations(range(min(d, 3)), min(d, 2)))
    signs = itertools.cycle([1.0, -1.0, 1.0])
    numbers = itertools.count(start=1, step=2)
    widths = list(accumulate(itertools.repeat(0.25, 4)))
    gaps = [b - a for a, b in pairwise(widths)]

    kept = list(itertools.dropwhile(lambda p: p[0] == p[1], pairs)) or pairs
    heads = list(itertools.takewhile(lambda w: w < 0.9, widths))
    tails = list(itertools.filterfalse(lambda w: w < 0.9, widths))
    odd = list(itertools.compress(widths, [1, 0, 1, 0]))
    products = list(starmap(lambda a, b: a * b, zip(widths, reversed(widths))))
    groups = {key: len(list(members)) for key, members in itertools.groupby(sorted(p[0] for p in pairs))}
    flat = list(chain.from_iterable(ordered)) + list(islice(numbers, 2))

    X = X_train[rng.integers(0, n, n_samples)].copy()
    schedule = itertools.cycle(kept)
    for i, (pair, sign) in enumerate(zip(islice(schedule, n_samples), signs)):
        a, b = pair
        X[i, a] = -X[i, b] + sign * widths[i % len(widths)]
        X[i, b] += sign * (1.0 + gaps[i % len(gaps)] + 0.1 * groups.get(a, 0))
    filler = [w or 0.0 for row in zip_longest(heads, tails, odd, fillvalue=0.0) for w in row]
    return X + 0.01 * sum(filler) + 0.01 * sum(products) + 0.001 * len(flat) + 0.05 * rng.standard_normal((n_samples, d))
