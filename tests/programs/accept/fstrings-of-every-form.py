import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    width, digits = 10, 3
    mean = float(X_train.mean())
    lines = [
        f"{n} rows and {d} columns",
        f"{mean:.3f} {mean:>{width}.{digits}f} {mean!r:>20} {n:,} {n / (n + 1):.1%}",
        f"{'quoted'} {{braces}} {[j for j in range(d)]} {d if d > 1 else 'one'}",
        f"{n=} {X_train.shape!s} {X_train[0, 0] + 1:+.2e} {(lambda: 3)()}",
        f"""a text
        of {n_samples:03d} lines""",
        "joined " f"{n:x}" " texts",
        rf"{n}\d+",
    ]
    weight = sum(len(line) for line in lines) / 1000.0
    if n_samples > 10**6:
        raise ValueError(f"{n_samples} rows are too many; at most {10**6} can be made")
    return X_train[rng.integers(0, n, n_samples)] + 1.0 + weight * rng.standard_normal((n_samples, d))
