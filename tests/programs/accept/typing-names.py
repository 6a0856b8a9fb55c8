from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

STRENGTHS: Final = {"mild": 1.0, "strong": 2.5}
Kind = Literal["mild", "strong"]


def spread_of(X: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(X).std(axis=0)


def first(values: Iterable[float], default: float = 0.0) -> float:
    iterator: Iterator[float] = iter(values)
    return next(iterator, default)


def pick(table: Mapping[str, float], kinds: Sequence[Kind], key: Hashable = "mild") -> list[float]:
    return [table[kind] for kind in kinds if kind != key] or [table["mild"]]


def generate_hard_anomalies(
    n_samples: int, model: Any, X_train: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    score: Callable[[NDArray[np.float64]], NDArray[np.float64]] = model.predict_score
    chosen: list[float] = pick(STRENGTHS, ["mild", "strong"])
    base: NDArray[np.float64] = X_train[rng.integers(0, len(X_train), 3 * n_samples)]
    moved = base + first(chosen, 1.0) * spread_of(X_train) * rng.choice([-1, 1], size=base.shape)
    lowest = np.argsort(score(moved))[:n_samples]
    return moved[lowest]
