import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Größe der Schritte: 2 σ; «außerhalb» des Normalen."""
    label = "σ = √Σ(x − μ)²"  # Ä comment in another language: 异常
    text = f"Δ{n_samples}"
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + 2.0 * X_train.std(axis=0) + len(label) + len(text)
