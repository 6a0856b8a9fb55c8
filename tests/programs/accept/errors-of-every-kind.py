import numpy as np


def whiten(X, strict=False):
    if X.ndim != 2:
        raise ValueError("rows are due")
    if strict and X.shape[1] > X.shape[0]:
        raise NotImplementedError("more columns than rows")
    try:
        return np.linalg.solve(np.cov(X, rowvar=False), (X - X.mean(axis=0)).T).T
    except (np.linalg.LinAlgError, IndexError, TypeError):
        return X - X.mean(axis=0)


def lookup(table, key, default=1.0):
    try:
        return table[key]
    except KeyError:
        return default
    except LookupError:
        raise RuntimeError("a table that is no table") from None


def ratio(a, b):
    try:
        value = a / b
    except ZeroDivisionError:
        value = 0.0
    except (OverflowError, FloatingPointError, ArithmeticError):
        value = 1.0
    else:
        value = min(value, 10.0)
    finally:
        b = None
    return value


def survive(kind):
    """Raises an error of a kind and handles it; returns its text."""
    try:
        raise kind("handled")
    except (ValueError, TypeError, RuntimeError, KeyError, IndexError, AttributeError, AssertionError) as error:
        return str(error)
    except (ArithmeticError, LookupError, StopIteration) as error:
        return str(error)
    except Exception as error:
        return str(error)


KINDS = (
    ArithmeticError, AssertionError, AttributeError, Exception, FloatingPointError, IndexError, KeyError, LookupError,
    NotImplementedError, OverflowError, RuntimeError, StopIteration, TypeError, ValueError, ZeroDivisionError,
)


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    try:
        assert n_samples > 0, "n_samples must be positive"
    except AssertionError as error:
        raise ValueError(f"nothing to do: {error}") from error
    z = whiten(X_train)
    length = np.linalg.norm(z, axis=1)
    try:
        method = model.predict_score
        ranking = np.argsort(method(X_train))
    except AttributeError:
        ranking = np.arange(n)
    except Exception as error:
        ranking = np.argsort(length)
        problem = str(error)
    assert all("handled" in survive(kind) for kind in KINDS)
    step = lookup({"strength": 2.0}, "strength") + lookup({}, "missing") + ratio(1, 0) + ratio(1, 4)
    base = X_train[ranking[rng.integers(0, max(1, n // 4), n_samples)]]
    return base + step * rng.choice([-1.0, 1.0], size=(n_samples, d)) * rng.uniform(0.5, 1.0, (n_samples, d))
