import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    edges = {j: tuple(float(v) for v in np.quantile(X_train[:, j], [0.02, 0.98])) for j in range(d)}
    matrix = [[edges[j][k] for j in range(d)] for k in range(2)]
    pairs = [(a, b) for a in range(d) for b in range(d) if a < b if (a + b) % 2 == 1]
    levels = {round(x, 1) for row in X_train[:20] for x in row}
    inverse = {high: j for j, (low, high) in edges.items() if high > low}
    flat = [x for row in matrix for x in row]
    squares = (x * x for x in flat)
    longest = max((sum(v * v for v in row), i) for i, row in enumerate(X_train[:50].tolist()))
    total = sum(x for x in squares if (y := x) > 0.0 and y < 100.0)
    X = np.array([
        [edges[j][int(rng.integers(2))] + (0.5 if (j, k % d) in pairs else -0.5) * rng.random() for j in range(d)]
        for k in range(n_samples)
    ])
    gaps = [[abs(a - b) for b in levels] for a in levels]
    return X + 0.01 * (len(inverse) + longest[1] / n) + 1e-3 * total + 1e-6 * max(map(max, gaps))
