"""Rows of any width on two axes: the principal axes of the normals, in a frame that far-off rows cannot squash."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmdas.report.content import Matrix, Vector

MAX_POINTS = 2000
MAX_FITTED = 5000
REACH = 2.0
"""The frame ends at most this many spreads of the normals beyond them, so that they keep a fifth of its width."""

_TOO_LARGE = 1e100

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Projection:
    """What to draw.

    Attributes:
        points: group name -> points inside the frame, (at most MAX_POINTS, 2).
        counts: group name -> rows of the group, drawn or not.
        x_limits, y_limits: the frame.
        labels: of both axes.
        lanes: names of the horizontal lanes when there is only one principal axis, else empty.
        reading: how to read the picture.
        notes: sentences on what is not drawn, or empty.
    """

    points: dict[str, Matrix]
    counts: dict[str, int]
    x_limits: Limits
    y_limits: Limits
    labels: tuple[str, str]
    lanes: tuple[str, ...]
    reading: str
    notes: str


def evenly(count: int, limit: int) -> NDArray[np.intp]:
    """Return at most `limit` of the indices 0 .. count - 1, evenly spaced, first and last among them."""
    if count <= limit:
        return np.arange(count)
    return np.round(np.linspace(0, count - 1, limit)).astype(np.intp)


def principal_axes(rows: Matrix) -> tuple[Vector, Matrix, Vector]:
    """Return centre (d,), up to two principal axes (a, d) and their shares of the variance (a,).

    Axes are right singular vectors of the centred rows; the largest loading of each is positive, so that the picture
    does not flip between runs.

    Args:
        rows: (n, d), finite, n >= 1.
    """
    centre = rows.mean(axis=0)
    _, strengths, axes = np.linalg.svd(rows - centre, full_matrices=False)
    axes = axes[:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    total = float((strengths**2).sum())
    shares = strengths[:2] ** 2 / total if total > 0 else np.zeros(len(axes))
    return centre, axes * np.where(signs == 0, 1.0, signs)[:, None], shares


def project(groups: tuple[tuple[str, Matrix], ...]) -> Projection | None:
    """Project (name, rows (n, d)) groups on principal axes of the first; None when the first has no usable row."""
    usable = {name: rows[(np.abs(rows) < _TOO_LARGE).all(axis=1)] for name, rows in groups}
    normals = usable[groups[0][0]]
    if not normals.size:
        return None
    centre, axes, shares = principal_axes(normals[evenly(len(normals), MAX_FITTED)])
    flat = {name: (rows - centre) @ axes.T if len(rows) else np.empty((0, len(axes))) for name, rows in usable.items()}
    counts = {name: len(rows) for name, rows in groups}
    lanes = tuple(name for name, count in counts.items() if count) if len(axes) < 2 else ()
    if lanes:
        flat = {name: _in_lane(points, lanes.index(name) if name in lanes else 0) for name, points in flat.items()}
    x_limits = _frame([points[:, 0] for points in flat.values()])
    y_limits = (-0.6, len(lanes) - 0.4) if lanes else _frame([points[:, 1] for points in flat.values()])
    frame = (x_limits, y_limits)
    picked = {name: points[evenly(len(points), MAX_POINTS)] for name, points in flat.items()}
    drawn = {name: points[_inside(points, *frame)] for name, points in picked.items()}
    notes = _notes(counts, flat, *frame)
    return Projection(drawn, counts, x_limits, y_limits, _labels(shares), lanes, _reading(lanes), notes)


def _inside(points: Matrix, x_limits: Limits, y_limits: Limits) -> NDArray[np.bool_]:
    (left, right), (bottom, top) = x_limits, y_limits
    x, y = points[:, 0], points[:, 1]
    return (x >= left) & (x <= right) & (y >= bottom) & (y <= top)


def _in_lane(points: Matrix, lane: int) -> Matrix:
    """Spread points over the height of a lane by a golden-ratio sequence: no chance, no visible pattern."""
    spread = (np.arange(len(points)) * 0.6180339887498949) % 1.0
    return np.column_stack([points[:, 0], lane + 0.7 * (spread - 0.5)])


def _frame(groups: list[Vector]) -> Limits:
    """Return limits that hold nearly all normals (first group) and most others, unless these lie far off."""
    low, high = np.quantile(groups[0], [0.005, 0.995])
    others = [np.quantile(values, [0.02, 0.98]) for values in groups[1:] if len(values)]
    all_low, all_high = min([low, *(o[0] for o in others)]), max([high, *(o[1] for o in others)])
    spread = high - low
    if spread > 1e-9 * max(abs(low), abs(high), 1e-300):
        all_low, all_high = max(all_low, low - REACH * spread), min(all_high, high + REACH * spread)
    width = float(all_high - all_low)
    room = 0.06 * width if width > 1e-9 * max(abs(float(all_low)), abs(float(all_high)), 1e-300) else 1.0
    return float(all_low) - room, float(all_high) + room


def _labels(shares: Vector) -> tuple[str, str]:
    names = [f"principal axis {index} ({share:.0%} of variance)" for index, share in enumerate(shares, start=1)]
    return names[0].replace("%", " %"), names[1].replace("%", " %") if len(names) > 1 else ""


def _reading(lanes: tuple[str, ...]) -> str:
    if lanes:
        return "The rows have one principal axis; height within a lane has no meaning."
    return (
        "Principal axes of the normals (scaled columns); rows that lie apart here are apart, the reverse need not hold."
    )


def _notes(counts: dict[str, int], flat: dict[str, Matrix], x_limits: Limits, y_limits: Limits) -> str:
    beyond = {name: count - int(_inside(flat[name], x_limits, y_limits).sum()) for name, count in counts.items()}
    outside = [f"{beyond[name]:,} of {count:,} {name}" for name, count in counts.items() if beyond[name]]
    thinned = [f"{MAX_POINTS:,} of {len(flat[name]):,} {name}" for name in counts if len(flat[name]) > MAX_POINTS]
    sentences = [f"Outside the frame: {', '.join(outside)}."] if outside else []
    if thinned:
        sentences.append(f"Only an evenly picked part is drawn: {', '.join(thinned)}.")
    return " ".join(sentences)
