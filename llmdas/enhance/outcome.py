"""Plain beside enhanced on the same rows: scores, metrics, and what they allow to be said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from llmdas.data.split import Split
from llmdas.data.table import Labels, Vector
from llmdas.digest import sha256
from llmdas.enhance.evaluate import Difference, Estimate, Metrics, compare, evaluate
from llmdas.enhance.fusion import fuse
from llmdas.enhance.stage import Enhancement, Say

NO_LABELS = "No labels were given, so no metric is claimed."


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Metrics of both detectors on the test rows, and their paired difference (enhanced minus plain)."""

    plain: Metrics
    enhanced: Metrics
    gain: Difference


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Scores of plain and enhanced detector on the same rows.

    Attributes:
        rows: int64 (m,), 0-based places of the scored rows in the table: test rows; every row when there are no labels.
        plain, enhanced: float64 (m,), high = abnormal.
        y: int64 (m,), or None.
        measured: None when there are no labels.
    """

    rows: Labels
    plain: Vector
    enhanced: Vector
    y: Labels | None
    measured: Measured | None

    def as_json(self) -> dict[str, Any]:
        """Return metrics and the digests of both score vectors."""
        scores = {"plain_sha256": sha256(self.plain.tobytes()), "enhanced_sha256": sha256(self.enhanced.tobytes())}
        if self.measured is None:
            return {"measured_on": None, "note": NO_LABELS, "rows": len(self.rows), **scores}
        return {"measured_on": "test rows", **asdict(self.measured), **scores}

    def scores_csv(self) -> str:
        """Return one line per scored row: its place in the table, both scores, and the label where there is one."""
        head = "row,plain,enhanced" + (",label" if self.y is not None else "")
        columns = [self.rows, self.plain, self.enhanced] + ([self.y] if self.y is not None else [])
        lines = [",".join(repr(value.item()) for value in values) for values in zip(*columns, strict=True)]
        return "\n".join([head, *lines]) + "\n"

    def lines(self) -> tuple[str, ...]:
        """Return the account's result lines."""
        if self.measured is None:
            return (f"{NO_LABELS} Scores of all {len(self.rows)} rows are in scores.csv.",)
        m = self.measured
        return (
            f"measured on {m.plain.rows} test rows, {m.plain.anomalies} of them anomalies; 95 % bootstrap intervals",
            f"          {'plain':<22}{'enhanced':<22}gain",
            _line("AUC-PR", m.plain.auc_pr, m.enhanced.auc_pr, m.gain.auc_pr),
            _line("AUC-ROC", m.plain.auc_roc, m.enhanced.auc_roc, m.gain.auc_roc),
            self.verdict,
        )

    @property
    def verdict(self) -> str:
        """One honest sentence on the gain in AUC-PR: up, down, or not told apart from none."""
        if self.measured is None:
            return NO_LABELS
        gain = self.measured.gain.auc_pr
        shown = f"{gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        if gain.low > 0:
            return f"The enhanced detector is better on these test rows: AUC-PR {shown}."
        if gain.high < 0:
            return f"The enhanced detector is WORSE on these test rows: AUC-PR {shown}."
        return f"No gain can be told from none on these test rows: AUC-PR {shown} includes 0."


def measure(made: Enhancement, split: Split, *, seed: int, say: Say) -> Outcome:
    """Score the test rows with both detectors and measure them; without labels, score the training rows.

    Training rows get the two-class model's out-of-bag scores, because it has seen them.
    """
    enhanced = made.enhanced
    if split.test is None or split.y_test is None:
        reference, plain = enhanced.classifier.reference, enhanced.detector_train
        scores = fuse(plain, plain, reference, reference, method=enhanced.fusion, weight=enhanced.weight)
        return Outcome(split.train_rows, plain, scores, None, None)
    say(f"measure: plain and enhanced {enhanced.detector.name} on {len(split.test)} test rows")
    plain, scores = enhanced.plain_score(split.test), enhanced.predict_score(split.test)
    measured = Measured(
        evaluate(split.y_test, plain, seed),
        evaluate(split.y_test, scores, seed),
        compare(split.y_test, plain, scores, seed),
    )
    return Outcome(split.test_rows, np.ascontiguousarray(plain), np.ascontiguousarray(scores), split.y_test, measured)


def _line(name: str, plain: Estimate, enhanced: Estimate, gain: Estimate) -> str:
    cells = [f"{e.value:.4f} [{e.low:.3f}, {e.high:.3f}]" for e in (plain, enhanced)]
    return f"{name:<10}{cells[0]:<22}{cells[1]:<22}{gain.value:+.4f} [{gain.low:+.3f}, {gain.high:+.3f}]"
