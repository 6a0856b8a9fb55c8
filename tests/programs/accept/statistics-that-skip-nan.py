import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Masks the crowded middle with NaN and takes every statistic of what is left in the tails."""
    n, d = X_train.shape
    tails = X_train.astype(np.float64)
    low, high = np.percentile(X_train, [30, 70], axis=0)
    tails[(X_train > low) & (X_train < high)] = np.nan
    with np.errstate(invalid="ignore"):
        mean = np.nanmean(tails, axis=0)
        middle = np.nanmedian(tails, axis=0)
        spread = np.nanstd(tails, axis=0) + np.sqrt(np.nanvar(tails, axis=0))
    ends = np.nanpercentile(tails, [5, 95], axis=0)
    quarter = np.nanquantile(tails, 0.25, axis=0)
    top, bottom = np.nanmax(tails, axis=0), np.nanmin(tails, axis=0)
    highest = np.nanargmax(tails, axis=0)
    lowest = np.nanargmin(tails, axis=0)
    share = np.nansum(np.abs(tails), axis=0) / (1.0 + np.nansum(tails**2, axis=0))
    running = np.nancumsum(tails[:, 0])[-1] / n
    product = np.nanprod(np.clip(tails[:3], 0.5, 1.5))
    path = np.nancumprod(np.clip(tails[:3, 0], 0.9, 1.1))

    missing = np.isnan(tails).mean()
    side = rng.random((n_samples, d)) < 0.5
    X = np.where(side, ends[1] + 0.5 * spread, ends[0] - 0.5 * spread)
    X = X + 0.1 * (mean - middle) + 0.05 * quarter * share + 0.01 * (top - bottom) * missing
    drift = 0.001 * (running + product + path[-1] + highest[0] - lowest[0])
    return np.nan_to_num(X + drift + rng.normal(0.0, 0.05, size=X.shape))
