import typing
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple, Union

import numpy as np

Number = Union[int, float]


def column_facts(X: np.ndarray) -> Dict[int, Tuple[float, float]]:
    return {j: (float(X[:, j].mean()), float(X[:, j].std())) for j in range(X.shape[1])}


def varying(facts: Mapping[int, Tuple[float, float]]) -> Set[int]:
    return {j for j, (_, deviation) in facts.items() if deviation > 0}


def cycle(values: Sequence[Number], times: int) -> Iterator[Number]:
    return iter(list(values) * times)


def apply_all(functions: Iterable[Callable[[np.ndarray], np.ndarray]], X: np.ndarray) -> np.ndarray:
    for function in functions:
        X = function(X)
    return X


def generate_hard_anomalies(n_samples: int, model: Any, X_train: np.ndarray, rng: Any) -> np.ndarray:
    facts = column_facts(X_train)
    columns: List[int] = sorted(varying(facts)) or [0]
    strength: Optional[float] = None
    steps = cycle([1.5, -2.0, 2.5], n_samples)
    X = X_train[rng.integers(0, len(X_train), size=n_samples)].copy()
    for i in range(n_samples):
        j = columns[int(rng.integers(len(columns)))]
        X[i, j] += next(steps) * (strength or facts[j][1] or 1.0)
    last: typing.Optional[int] = None
    return apply_all([lambda A: A * 1.05, lambda A: A + (last or 0.02)], X)
