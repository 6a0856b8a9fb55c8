"""Fit a curve with code that nobody trusts: the rows and the measuring device stay here, the code runs in a sandbox.

Run it with ``python examples/sandbox_fit.py``. Nothing in it is about anomalies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from llmdas_sandbox import Limits, Sandbox

# As it may come from a user, a plug-in or a language model.
SOURCE = """
import numpy as np


def fit(points, measure):
    x, y = points[:, 0], points[:, 1]
    candidates = [np.polyfit(x, y, degree) for degree in range(1, 6)]
    grid = np.linspace(x.min(), x.max(), 200)[:, None]
    truth = measure(grid)
    errors = [np.abs(np.polyval(c, grid[:, 0]) - truth).mean() for c in candidates]
    best = candidates[int(np.argmin(errors))]
    return np.concatenate([np.zeros(6 - len(best)), best])
"""


def measure(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stand for an instrument on this side: float64 (m, 1) in, float64 (m,) out."""
    return np.asarray(x[:, 0] ** 3 - x[:, 0])


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, size=50)
    points = np.column_stack([x, x**3 - x + rng.normal(scale=0.1, size=50)])
    with Sandbox.open("auto") as box:
        result = box.run(
            SOURCE, function="fit", arrays={"points": points}, callbacks={"measure": measure}, limits=Limits(wall_s=5)
        )
        hostile = box.run("def f():\n    return open('/etc/passwd').read()\n", function="f")
    if result.fault is not None:
        raise SystemExit(f"{result.fault.kind}: {result.fault.message}")
    print("coefficients", np.round(result.value, 2))
    print("used", result.usage)
    print("hostile", hostile.fault)


if __name__ == "__main__":
    main()
