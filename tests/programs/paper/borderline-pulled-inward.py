# Stands for: checks of the arguments with isinstance and raise ValueError, progress told by print, seeds picked by score.
# Warns: DAS406
import numpy as np


def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray) -> np.ndarray:
    """
    Generate anomalies that the detector scores like normal rows.

    The highest-scored normal rows are taken as seeds and pulled towards the centre by a random share.
    """
    if not isinstance(X_train, np.ndarray):
        raise ValueError("X_train must be a numpy array.")
    if not isinstance(n_samples, int) or n_samples <= 0:
        raise ValueError(f"n_samples must be a positive integer, not {n_samples}.")
    print("Step 1: scoring the training rows ...")
    scores = model.predict_score(X_train)
    threshold = np.percentile(scores, 80)
    seeds = X_train[scores >= threshold]
    print(f"Step 2: {len(seeds)} borderline rows found.")
    picked = seeds[np.random.choice(len(seeds), size=n_samples, replace=True)]
    share = np.random.uniform(0.3, 0.7, size=(n_samples, 1))
    noise = np.random.normal(0.0, 0.05, size=picked.shape)
    print("Done.")
    return picked + share * (X_train.mean(axis=0) - picked) + noise
