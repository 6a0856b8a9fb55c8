"""Programs and answers that tests script; they are harmless and short, and run in a sandbox like any other."""

GOOD = """\
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    rows = X_train[rng.integers(0, n, n_samples)].copy()
    columns = rng.integers(0, d, n_samples)
    signs = rng.choice(np.array([-1.0, 1.0]), n_samples)
    rows[np.arange(n_samples), columns] += signs * rng.uniform(2.0, 5.0, n_samples)
    rows += rng.normal(0.0, 0.05, rows.shape)
    return rows
"""

IMPORTS_OS = GOOD.replace("import numpy as np", "import numpy as np\nimport os", 1)
WRONG_SHAPE = GOOD.replace("return rows", "return rows[:, :1]")
RAISES = GOOD.replace("return rows\n", "if d > 50:\n        raise ValueError('too wide')\n    return rows\n")
# Only on a table of 178 rows, which no toy table has: a KeyError quotes its key, which here is a value of the table.
QUOTES_A_VALUE = GOOD.replace(
    "return rows\n", "if n == 178:\n        known = {}\n        rows += known[float(X_train[0, 0])]\n    return rows\n"
)


def fenced(source: str) -> str:
    """An answer as an LLM would give it."""
    return f"The idea in a few words.\n\n```python\n{source}```\n"
