"""What label values mean: 0 and 1, or two values by a stated rule; anything else is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from llmdas.data.table import Labels
from llmdas.errors import DataError

NORMAL_WORDS = frozenset({"normal", "benign", "inlier", "nominal", "good", "ok", "healthy", "negative", "no"})
ANOMALY_WORDS = frozenset(
    {"anomaly", "anomalous", "abnormal", "outlier", "malignant", "attack", "fraud", "bad", "faulty", "sick", "positive"}
    | {"yes"}
)
_TRUTH = {"true": 1.0, "false": 0.0}
_SHOWN = 4


def as_labels(values: Sequence[object], where: str) -> tuple[Labels, str]:
    """Return int64 labels (n,), 0 = normal and 1 = anomaly, and a sentence on the rule, empty for 0 and 1.

    Numbers 0 and 1 (also as text, and true and false) are taken as they are. Of two other values, words that say it
    decide (``benign``, ``malignant``); else the rarer value is the anomaly.

    Args:
        values: n raw values of the label column.
        where: what an error calls the column.

    Raises:
        DataError: a value is missing, there are more than two values or only one that is not 0 or 1, or both are as
            frequent.
    """
    keys = [_key(value, place, where) for place, value in enumerate(values, start=1)]
    counts = Counter(keys)
    if set(counts) <= {0.0, 1.0}:
        return np.asarray(keys, dtype=np.int64), ""
    if len(counts) != 2:
        shown = ", ".join(_show(key) for key, _ in counts.most_common(_SHOWN)) + (
            ", ..." if len(counts) > _SHOWN else ""
        )
        raise DataError(
            f"{where} holds {len(counts)} different value(s) ({shown}), and labels are 0 = normal and 1 = anomaly.",
            "Map the label to 0 and 1, or name another column.",
        )
    anomaly, reason = _anomaly(counts, where)
    normal = next(key for key in counts if key != anomaly)
    y = np.fromiter((key == anomaly for key in keys), dtype=np.int64, count=len(keys))
    return y, f"{where}: {_show(normal)} was read as normal and {_show(anomaly)} as anomaly, because {reason}."


def _anomaly(counts: Counter[float | str], where: str) -> tuple[float | str, str]:
    words = {key: key.lower() for key in counts if isinstance(key, str)}
    normal = [key for key, word in words.items() if word in NORMAL_WORDS]
    anomaly = [key for key, word in words.items() if word in ANOMALY_WORDS]
    if len(normal) <= 1 and len(anomaly) <= 1 and (normal or anomaly):
        return (anomaly[0] if anomaly else next(key for key in counts if key != normal[0])), "the words say so"
    (often, most), (rare, least) = counts.most_common(2)
    if most == least:
        raise DataError(
            f"{where}: {_show(often)} and {_show(rare)} stand {most} times each, so nothing says which is the anomaly.",
            "Map the label to 0 = normal and 1 = anomaly.",
        )
    return rare, f"it is the rarer ({least} of {most + least})"


def _key(value: object, place: int, where: str) -> float | str:
    """One value as a number where it reads as one, else as stripped text; equal meanings give equal keys."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, bool | int | float | np.number | np.bool_):
        number = float(value)
    else:
        text = "" if value is None else str(value).strip()
        try:
            number = _TRUTH[text.lower()] if text.lower() in _TRUTH else float(text)
        except ValueError:
            if text:
                return text
            number = float("nan")
    if np.isnan(number):
        raise DataError(f"{where}: the label of row {place} is missing.", "Drop rows without a label.")
    return number


def _show(key: float | str) -> str:
    return f"{key:g}" if isinstance(key, float) else repr(key[:40])
