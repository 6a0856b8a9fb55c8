import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Two columns as one complex number, turned by an angle; a quick way to write a rotation."""
    n, d = X_train.shape
    base = X_train[rng.integers(0, n, n_samples)].copy()
    z = base[:, 0] + 1j * base[:, -1]
    z = z.astype(np.complex128)
    turned = z * np.exp(1j * rng.uniform(1.0, 2.5, size=n_samples)) * complex(1.3, 0.0)
    mirrored = np.conj(turned)
    assert np.allclose(np.conjugate(mirrored), turned)
    assert np.allclose(mirrored.real, np.real(turned)) and np.allclose(mirrored.imag, -np.imag(turned))
    phase = np.angle(turned)
    base[:, 0] = np.where(np.abs(phase) > 1.0, turned.real, mirrored.real)
    base[:, -1] = np.where(np.abs(phase) > 1.0, turned.imag, mirrored.imag)
    return base + 0.2
