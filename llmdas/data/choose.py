"""Finding the label among a file's columns or arrays."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Literal

from llmdas.errors import DataError

_SHOWN = 12


def label_position(
    names: Sequence[str], label: str | None, where: str, kind: Literal["column", "array"] = "column"
) -> int | None:
    """Return the place of the label among `names`, or None when no label is named.

    Raises:
        DataError: it is not there; the message lists what is, and the remedy names the nearest.
    """
    if label is None:
        return None
    if label in names:
        return list(names).index(label)
    near = difflib.get_close_matches(label.lower(), [name.lower() for name in names], n=1, cutoff=0.6)
    meant = next((name for name in names if near and name.lower() == near[0]), None)
    raise DataError(
        f"{where} has no {kind} {label!r}; it has {listed(names)}.",
        f"Did you mean LABEL={meant}?" if meant is not None else "Name one of these with LABEL.",
    )


def listed(names: Sequence[str]) -> str:
    """Return the names for a message, the first dozen of many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(repr(name[:40]) for name in names[:_SHOWN]) + more) or "none"
