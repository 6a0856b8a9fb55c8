# Stands for: prints inside a loop with formatted numbers, zip and enumerate, the best of several batches kept.
# Warns: DAS406
import numpy as np
from numpy import random as npr


def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray):
    best_rows, best_score = None, np.inf
    for i, scale in enumerate([0.5, 1.0, 1.5]):
        rows = X_train[npr.choice(len(X_train), n_samples)] + scale * npr.random_sample((n_samples, X_train.shape[1]))
        score = float(np.mean(model.predict_score(rows)))
        print(f"batch {i}: scale={scale:.2f}, mean score {score:.4f}")
        if score < best_score:
            best_rows, best_score = rows, score
    print("best mean score:", best_score)
    return np.asarray(best_rows)
