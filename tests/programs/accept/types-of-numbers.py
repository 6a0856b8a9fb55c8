import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Rounds rows through small types, which leaves values that no normal row has."""
    n, d = X_train.shape
    assert np.issubdtype(X_train.dtype, np.floating) and np.issubdtype(X_train.dtype, np.number)
    assert not np.issubdtype(X_train.dtype, np.integer) and np.issubdtype(np.intp, np.integer)
    assert isinstance(X_train[0, 0], np.generic) and X_train.dtype.kind == "f"
    assert X_train.dtype.char == "d" and X_train.dtype.name == "float64"
    single = X_train.astype(np.float32)
    common = np.result_type(single, X_train)
    assert common == np.promote_types(np.float32, np.float64) and np.can_cast(np.int8, np.int16)

    tenths = np.clip(np.rint(X_train * 10.0), -120, 120).astype(np.int8)
    coarse = tenths.astype(np.int16) // np.int16(4)
    wide = coarse.astype(np.int32) * 4
    index = rng.integers(0, n, n_samples).astype(np.int64)
    codes = np.array([1, 2, 3], dtype=np.uint8)
    codes16, codes32, codes64 = codes.astype(np.uint16), codes.astype(np.uint32), codes.astype(np.uint64)
    flags = np.zeros(d, dtype=np.bool_)
    flags[0] = True
    steps = float(codes16.sum() + codes32.sum() + codes64.sum()) / 18.0
    X = wide[index].astype(common) / 10.0
    X[:, flags] += steps
    bound = np.iinfo(np.int8).max
    return np.clip(X + rng.uniform(-0.04, 0.04, X.shape), -bound, bound)
