# Stands for: a list that grows until it is long enough, a bound on the tries, rows filled up at the end.
# Warns: DAS504
import numpy as np


def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray) -> np.ndarray:
    low, high = X_train.min(axis=0), X_train.max(axis=0)
    spread = X_train.std(axis=0) + 1e-6
    bound = np.quantile(model.predict_score(X_train), 0.9)
    generated_anomalies = []
    tries = 0
    while len(generated_anomalies) < n_samples:
        tries += 1
        if tries > 20:
            missing = n_samples - len(generated_anomalies)
            generated_anomalies.extend(np.random.uniform(low - spread, high + spread, size=(missing, len(low))))
            continue
        batch = np.random.normal(X_train.mean(axis=0), spread, size=(4 * n_samples, len(low)))
        accepted = batch[model.predict_score(batch) < bound]
        generated_anomalies.extend(accepted[: n_samples - len(generated_anomalies)])
    return np.array(generated_anomalies)
