# Stands for: a policy explained in one long comment line each, as language models write it around their code.
# 1.  **Choose borderline rows:** rows that lie near the edge of what the detector calls normal are the most useful starting points, because a small step in the right direction takes them to a place that no normal row occupies while the score, which depends on few columns only, hardly changes at all. Every further step is bounded by the spread of its column, so that no value leaves the range that was seen. Every further step is bounded by the spread of its column, so that no value leaves the range that was seen. Every further step is bounded by the spread of its column, so that no value leaves the range that was seen.
#
# 2.  **Step along the other columns:** see the code.
import numpy as np


def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray) -> np.ndarray:
    order = np.argsort(model.predict_score(X_train))[::-1]
    seeds = X_train[order[: max(1, len(order) // 5)]]
    rows = seeds[np.random.randint(len(seeds), size=n_samples)].copy()
    column = np.random.randint(rows.shape[1], size=n_samples)
    rows[np.arange(n_samples), column] += np.random.uniform(-1.0, 1.0, n_samples) * (X_train.std(axis=0)[column] + 1e-3)
    return rows
