from collections import Counter, defaultdict, deque

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Counts cells of a coarse grid; rows go to cells next to the busiest ones that nobody visits."""
    n, d = X_train.shape
    cells = Counter(tuple(int(v) for v in np.floor(row[:2])) for row in X_train)
    assert cells.total() == n and len(list(cells.elements())) == n
    busiest = [cell for cell, _ in cells.most_common(10)]
    recent = deque(maxlen=50)
    queue = deque(busiest)
    queue.rotate(1)
    queue.appendleft(busiest[0])
    queue.extend(busiest[:2])
    queue.reverse()

    seen = defaultdict(int)
    found = []
    tries = 0
    while queue and len(found) < n_samples and tries < 500:
        tries += 1
        cell = queue.popleft()
        seen[cell] += 1
        for step in (-1, 1):
            neighbour = (cell[0] + step, *cell[1:])
            if neighbour not in cells:
                found.append(neighbour)
            elif seen[neighbour] < 3:
                queue.append(neighbour)
        recent.append(cell)
    found = found or [(4,) * min(d, 2)]
    X = X_train[rng.integers(0, n, n_samples)] + 0.05 * rng.standard_normal((n_samples, d))
    for i in range(n_samples):
        cell = found[i % len(found)]
        for j, corner in enumerate(cell):
            X[i, j] = corner + rng.random()
    return X + 0.001 * len(recent)
