import math
from collections.abc import Callable, Sequence
from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
EPS: float = 1e-12
WEIGHTS = (0.5, -1.0, 2.0)
NAMES: dict[str, int] = {"mild": 1, "strong": 3}


def _scale(x: Matrix, factor: Optional[float] = None, *, by: Union[int, float] = -1) -> Matrix:
    return x * (factor if factor is not None else by)


def _apply(functions: Sequence[Callable[[Matrix], Matrix]], x: Matrix) -> Matrix:
    for function in functions:
        x = function(x)
    return x


def generate_hard_anomalies(n_samples: int, model: Any, X_train: np.ndarray, rng: "np.random.Generator") -> np.ndarray:
    X: Matrix = X_train[rng.integers(0, len(X_train), n_samples)]
    return _apply([lambda x: _scale(x, WEIGHTS[0]), np.cbrt], X) + math.sqrt(NAMES["strong"]) + EPS
