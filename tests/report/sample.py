"""A realistic report: isolation forest on breast cancer, with made-up synthetic rows and a made-up dialogue."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

from llmdas.digest import sha256
from llmdas.report.content import AttemptCard, Comparison, Interval, ProgramCard, ReportContent

SOURCE = '''import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Move normals along their neighbours' directions until the forest nearly notices."""
    n, d = X_train.shape
    picked = rng.integers(0, n, n_samples)
    partner = rng.integers(0, n, n_samples)  # a second normal, not always a near one
    step = rng.uniform(1.1, 1.6, (n_samples, 1))
    rows = X_train[picked] + step * (X_train[partner] - X_train[picked])
    limit = np.quantile(model.predict_score(X_train), 0.95)
    for _ in range(8):
        high = model.predict_score(rows) > limit
        if not high.any():
            break
        rows[high] = 0.5 * (rows[high] + X_train[picked[high]])
    return rows + 0.05 * rng.standard_normal((n_samples, d))
'''

REFUSED = SOURCE.replace("import numpy as np\n", "import numpy as np\nimport os\n", 1).replace(
    "    for _ in range(8):\n", "    os.nice(5)\n    for _ in range(8):\n"
)

TABLES = (
    ("clusters (300 rows, 6 columns, n_samples=30)", 0.933, 1.42),
    ("dependent columns (400 rows, 10 columns, n_samples=40)", 0.875, 1.87),
    ("more columns than rows (30 rows, 60 columns, n_samples=10)", 1.0, 0.71),
    ("one column (60 rows, 1 column, n_samples=6)", 0.667, 3.2),
    ("constant columns, duplicate rows (100 rows, 5 columns, n_samples=10)", 0.9, None),
)

PROBLEMS = (
    "DAS201 line 2: the module `os` is not permitted.\n    import os\nUse only: numpy.",
    "DAS305 line 14, column 5: the name `os` is not bound to anything permitted.\n    os.nice(5)\nRemove it.",
)


def _interval(values: np.ndarray, value: float) -> Interval:
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(value), float(low), float(high))


def _compare(name: str, metric, y: np.ndarray, plain: np.ndarray, enhanced: np.ndarray) -> Comparison:
    rng = np.random.default_rng(3)
    draws = []
    for _ in range(100):
        rows = rng.integers(0, len(y), len(y))
        draws.append((metric(y[rows], plain[rows]), metric(y[rows], enhanced[rows])))
    before, after = np.array(draws).T
    a, b = metric(y, plain), metric(y, enhanced)
    return Comparison(name, _interval(before, a), _interval(after, b), _interval(after - before, b - a))


def program(index: int = 1) -> ProgramCard:
    names = ("neighbour steps", "swapped columns", "stretched axes")
    refused = AttemptCard(1, "gate", False, PROBLEMS, REFUSED)
    failed = AttemptCard(2, "trial", False, ("IndexError at line 9 on `one column`: index 1 is out of bounds",), SOURCE)
    accepted = AttemptCard(3, "trial", True, (), SOURCE)
    attempts = {0: (refused, failed, accepted), 1: (replace(accepted, number=1),), 2: (refused, failed)}[index % 3]
    done = index % 3 != 2
    return ProgramCard(
        name=f"{index + 1}: {names[index % 3]}",
        aim="Rows that break the dependence between columns while every single column stays in its usual range.",
        sha256=sha256(SOURCE.encode()) if done else None,
        outcome="made 18 rows, none of them a copy" if done else "set aside: no attempt was accepted",
        attempts=attempts,
        trial=TABLES if done else (),
    )


@cache
def realistic() -> ReportContent:
    X, target = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(7)
    normals = X[target == 1]
    rng.shuffle(normals)
    half = len(normals) // 2
    mean, spread = normals[:half].mean(axis=0), normals[:half].std(axis=0)
    train, held, bad = ((rows - mean) / spread for rows in (normals[:half], normals[half:], X[target == 0]))
    synthetic = train[rng.integers(0, half, 54)] + rng.uniform(1.0, 1.6, (54, 1)) * (
        train[rng.integers(0, half, 54)] - train[rng.integers(0, half, 54)]
    )
    forest = IsolationForest(n_estimators=50, random_state=0).fit(train)
    two_class = RandomForestClassifier(n_estimators=50, random_state=0).fit(
        np.vstack([train, synthetic]), np.repeat([0, 1], [half, 54])
    )
    test = np.vstack([held, bad])
    y = np.repeat([0, 1], [len(held), len(bad)]).astype(np.int64)
    plain = -forest.decision_function(test)
    enhanced = (plain - plain.min()) / np.ptp(plain) + two_class.predict_proba(test)[:, 1]
    comparisons = (
        _compare("AUC-PR", average_precision_score, y, plain, enhanced),
        _compare("AUC-ROC", roc_auc_score, y, plain, enhanced),
    )
    return ReportContent(
        title="Isolation Forest on breast cancer",
        facts=(
            ("Detector", "iforest (PyOD 3.6.7, 100 trees)"),
            ("Table", "breast cancer (scikit-learn), 569 rows, 30 columns"),
            ("Rows", f"{half} training normals, {len(test)} test rows"),
            ("Synthetic rows", "54 from 2 programs, synthesis ratio 0.30"),
            ("LLM", "replayed answers of a recorded model, temperature 0.7"),
            ("Sandbox", "bubblewrap, fresh namespaces per run"),
            ("Seed", "0"),
            ("Time", "2026-11-24 17:20 UTC, 14 s"),
        ),
        summary=(
            "On these test rows the enhanced detector ranks anomalies better than the plain one.",
            "2 of 3 programs were accepted; they made 54 synthetic rows from 178 training normals.",
            "Figures are from one split with one seed; another split gives other figures.",
        ),
        description=(
            "Isolation Forest cuts the space at random until every row stands alone. Rows that need few cuts are far "
            "from the others in at least one column, so they score high.\n\nIt looks at one column per cut. Rows that "
            "break the dependence between columns, but stay inside the range of each, need as many cuts as normal "
            "ones: these it tends to miss."
        ),
        comparisons=comparisons,
        plain=plain,
        enhanced=enhanced,
        y=y,
        normals=train,
        synthetic=synthetic,
        anomalies=bad,
        programs=tuple(program(index) for index in range(3)),
        digests={name: sha256(name.encode()) for name in ("policy", "contract", "guest", "data", "prompt", "answers")},
    )
