import numpy as np
from numpy import linalg as la


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Reads the shape of the normals from every decomposition and steps along their weakest direction."""
    d = X_train.shape[1]
    centred = X_train - X_train.mean(axis=0)
    cov = centred.T @ centred / len(centred) + 1e-9 * np.eye(d)

    spectrum = la.eigh(cov)
    weakest = spectrum.eigenvectors[:, 0]
    smallest, largest = la.eigvalsh(cov)[[0, -1]]
    general = la.eig(cov)
    assert np.allclose(np.sort(general.eigenvalues.real), spectrum.eigenvalues)
    assert np.allclose(np.sort(la.eigvals(cov).real), spectrum.eigenvalues)

    parts = la.svd(centred, full_matrices=False)
    rebuilt = parts.U * parts.S @ parts.Vh
    right = getattr(parts, "V", None)
    if right is None:
        right = parts.Vh.T
    assert np.allclose(la.svdvals(centred), parts.S)

    factors = la.qr(centred)
    volume = la.slogdet(cov)
    steepness = min(la.cond(cov), 100.0) * volume.sign + 1.0 / (1.0 + abs(volume.logabsdet))
    orthogonal = factors.Q @ factors.R

    index = rng.integers(0, len(rebuilt), n_samples)
    step = rng.uniform(2.0, 5.0, size=(n_samples, 1)) * np.sqrt(largest - smallest + steepness)
    base = 0.5 * (rebuilt + orthogonal)[index] + X_train.mean(axis=0)
    return base + step * weakest + 0.1 * right[:, 0]
