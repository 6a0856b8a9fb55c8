# expect: DAS201
# another library
# technique: docs/policy.md
from sklearn.decomposition import PCA


def generate_hard_anomalies(n_samples, model, X_train, rng):
    pca = PCA(n_components=2)
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
