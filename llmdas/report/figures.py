"""The figures of a report: score histograms, precision-recall curves, a projection of the rows.

Each comes with a caption and a text alternative that says what is to be seen, figures included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.ticker import AsinhLocator, FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from llmdas.report.content import Matrix, ReportContent, Vector
from llmdas.report.projection import Projection, evenly, project
from llmdas.report.svg import ANOMALY, ENHANCED, MUTED, NORMAL, PLAIN, SYNTHETIC, drawing_style, inline_svg
from llmdas.report.text import plural

BINS = 40
MAX_VERTICES = 2000
DRAWABLE = 1e100
"""Scores of this size or more cannot share an axis with others without overflow; they are counted in the caption."""

MAX_TOP_RATIO = 4.0
"""Histograms share their height axis unless the higher one would press the other down by more than this."""

Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One figure, ready for the page.

    Attributes:
        key: short name, also the prefix of the ids inside the picture.
        title: heading of the figure.
        svg: the picture, with its text alternative inside.
        caption: what to know in order to read it.
    """

    key: str
    title: str
    svg: str
    caption: str


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    scores: Vector
    colour: str


@dataclass(frozen=True, slots=True)
class _Edges:
    values: Vector
    scale: str
    width: float


@dataclass(frozen=True, slots=True)
class _Panel:
    name: str
    groups: list[_Group]
    edges: _Edges
    shares: list[Vector]
    missing: int

    @property
    def top(self) -> float:
        return 1.05 * max(float(share.max()) for share in self.shares)


def draw_figures(content: ReportContent) -> tuple[Drawing, ...]:
    """Draw every figure that the content allows, in page order; equal content gives equal bytes.

    Histograms need a score, the precision-recall curves labels of both classes, the projection a normal row.
    """
    with drawing_style():
        drawings = [
            *_histograms(content),
            _curves(content.plain, content.enhanced, content.y) if content.y is not None else None,
            _projection(content.normals, content.synthetic, content.anomalies),
        ]
    return tuple(drawing for drawing in drawings if drawing is not None)


def _histograms(content: ReportContent) -> list[Drawing]:
    """Draw plain and enhanced scores; their score axes differ, their height axes only if they must."""
    named = (("plain", content.plain), ("enhanced", content.enhanced))
    panels = [panel for name, scores in named if (panel := _panel(name, scores, content.y)) is not None]
    tops = [panel.top for panel in panels]
    if not tops or max(tops) <= MAX_TOP_RATIO * min(tops):
        return [_histogram(panel, max(tops), "") for panel in panels]
    return [_histogram(panel, panel.top, " The height axes of the two histograms differ.") for panel in panels]


def _panel(name: str, scores: Vector, y: Labels | None) -> _Panel | None:
    groups = _groups(scores, y)
    drawable = sum(len(group.scores) for group in groups)
    if not drawable:
        return None
    edges = _edges([group.scores for group in groups])
    counts = [np.histogram(group.scores, edges.values)[0] for group in groups]
    shares = [count / max(len(group.scores), 1) for count, group in zip(counts, groups, strict=True)]
    return _Panel(name, groups, edges, shares, len(scores) - drawable)


def _groups(scores: Vector, y: Labels | None) -> list[_Group]:
    if y is None:
        return [_Group("scored rows", _drawable(scores), NORMAL)]
    split = (_Group("normal", scores[y == 0], NORMAL), _Group("anomaly", scores[y == 1], ANOMALY))
    return [_Group(group.name, _drawable(group.scores), group.colour) for group in split if len(group.scores)]


def _drawable(scores: Vector) -> Vector:
    return scores[np.abs(scores) < DRAWABLE]


def _edges(groups: list[Vector]) -> _Edges:
    """Choose bins that are equally wide on the axis: linear, or stretched when some scores are far larger than most."""
    scores = np.concatenate(groups)
    low, high = float(scores.min()), float(scores.max())
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        room = max(abs(low), 1.0) * 0.5
        return _Edges(np.linspace(low - room, low + room, BINS + 2), "linear", 0.0)
    spreads = [float(np.subtract(*np.quantile(group, [0.75, 0.25]))) for group in groups if len(group)]
    spread = min((value for value in spreads if value > 0), default=0.0)
    if spread == 0.0 or high - low <= 50 * spread:
        return _Edges(np.linspace(low, high, BINS + 1), "linear", 0.0)
    if low > 0 and high / low > 1e3:
        return _Edges(_closed(np.geomspace(low, high, BINS + 1), low, high), "log", 0.0)
    # linear near zero, logarithmic far from it, for both signs; a narrower middle would overflow
    spread = max(spread, 1e-12 * max(abs(low), abs(high)))
    ends = np.arcsinh(np.array([low, high]) / spread)
    stretched = spread * np.sinh(np.linspace(ends[0], ends[1], BINS + 1))
    return _Edges(_closed(stretched, low, high), "asinh", spread)


def _closed(edges: Vector, low: float, high: float) -> Vector:
    """Undo rounding at both ends, so that no score falls out."""
    return np.concatenate(([low], np.clip(edges[1:-1], low, high), [high]))


def _histogram(panel: _Panel, top: float, remark: str) -> Drawing:
    figure, ax = _new_figure(2.8)
    values = panel.edges.values
    for group, share in zip(panel.groups, panel.shares, strict=True):
        # normals filled, anomalies outlined: told apart without colour as well
        filled, line = (0.5, 1.4) if group.colour == NORMAL else (0.2, 1.8)
        label = f"{group.name} ({len(group.scores):,})"
        ax.stairs(share, values, fill=True, color=group.colour, alpha=filled, linewidth=0, label="_")
        ax.stairs(share, values, color=group.colour, linewidth=line, label=label)
    _scale_x(ax, panel.edges)
    ax.set_ylim(0.0, top)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))
    ax.set_xlabel("score (high = abnormal)")
    ax.set_ylabel("share of group" if len(panel.groups) > 1 else "share of rows")
    _legend_above(ax, len(panel.groups))
    alt = f"Histogram of the {panel.name} detector's scores. " + " ".join(map(_quartiles, panel.groups))
    key = f"hist-{panel.name}"
    return Drawing(key, f"Scores, {panel.name}", inline_svg(figure, key, alt), _histogram_caption(panel) + remark)


def _histogram_caption(panel: _Panel) -> str:
    each = "Each group adds up to 100 %." if len(panel.groups) > 1 else "All bars add up to 100 %."
    stretched = "" if panel.edges.scale == "linear" else " The score axis is stretched: scores span many magnitudes."
    missing = plural(panel.missing, "score")
    gone = f" {missing} not drawn: infinite, undefined or too large." if panel.missing else ""
    return f"{each}{stretched}{gone}"


def _quartiles(group: _Group) -> str:
    if not len(group.scores):
        return f"{group.name}: no score can be drawn."
    low, middle, high = np.quantile(group.scores, [0.25, 0.5, 0.75])
    rows = plural(len(group.scores), "row")
    return f"{group.name.capitalize()}, {rows}: median {middle:.3g}, middle half from {low:.3g} to {high:.3g}."


def _scale_x(ax: Axes, edges: _Edges) -> None:
    if edges.scale == "linear":
        ax.locator_params(axis="x", nbins=6)
    elif edges.scale == "log":
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(numticks=6))
    else:
        ax.set_xscale("asinh", linear_width=edges.width)
        ax.xaxis.set_major_locator(AsinhLocator(edges.width, numticks=6))
    if edges.scale != "linear":
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
        ax.xaxis.set_minor_formatter(NullFormatter())
    low, high = float(edges.values[0]), float(edges.values[-1])
    room = 0.02 * (high - low) if edges.scale == "linear" else 0.0
    ax.set_xlim(low - room, high + room)


def _tick(value: float) -> str:
    """Return such as ``0.01``, ``500`` or ``\u22121e6``: short enough for an axis over many magnitudes."""
    shown = f"{value:g}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.0e}"
    digits, _, exponent = shown.partition("e")
    return (f"{digits}e{int(exponent)}" if exponent else digits).replace("-", "\u2212")


def precision_recall(scores: Vector, y: Labels) -> tuple[Vector, Vector]:
    """Return recall and precision at every distinct score, highest score first, both (t,).

    Drawn as steps to the left, the area below is the average precision: sum of (recall step) x precision.

    Args:
        scores: (m,), high = abnormal, no NaN.
        y: (m,), 0 normal and 1 anomaly, at least one of them 1.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits = np.cumsum(y[order])[last]
    return hits / hits[-1], hits / (last + 1.0)


def _curves(plain: Vector, enhanced: Vector, y: Labels) -> Drawing | None:
    known = ~(np.isnan(plain) | np.isnan(enhanced))
    plain, enhanced, y = plain[known], enhanced[known], y[known]
    if not 0 < int(y.sum()) < len(y):
        return None
    figure, ax = _new_figure(3.3)
    areas = {}
    for name, scores, colour, line in (("plain", plain, PLAIN, (0, (4, 2))), ("enhanced", enhanced, ENHANCED, "-")):
        recall, precision = precision_recall(scores, y)
        areas[name] = float(np.sum(np.diff(recall, prepend=0.0) * precision))
        keep = evenly(len(recall), MAX_VERTICES)
        x, height = np.append(0.0, recall[keep]), np.append(precision[0], precision[keep])
        ax.step(x, height, where="pre", color=colour, linestyle=line, linewidth=1.8, label=name)
    chance = float(y.mean())
    ax.axhline(chance, color=MUTED, linewidth=1.2, linestyle=(0, (1, 2)), label=f"chance ({chance:.3f})")
    ax.set(xlim=(0.0, 1.0), ylim=(0.0, 1.03), xlabel="recall (anomalies found)", ylabel="precision")
    _legend_above(ax, 3)
    alt = (f"Precision-recall curves on {plural(len(y), 'test row')}. Average precision: plain {areas['plain']:.3f}, "
           f"enhanced {areas['enhanced']:.3f}, chance {chance:.3f}.")  # fmt: skip
    missing = int((~known).sum())
    gone = f" {plural(missing, 'row')} left out: a score is undefined." if missing else ""
    caption = f"The area under each step curve is AUC-PR (average precision). Chance is the share of anomalies.{gone}"
    return Drawing("pr", "Precision and recall", inline_svg(figure, "pr", alt), caption)


def _projection(normals: Matrix, synthetic: Matrix, anomalies: Matrix) -> Drawing | None:
    named = (("normals", normals, NORMAL, "o", 3.2, 0.5), ("test anomalies", anomalies, ANOMALY, "x", 4.2, 0.85),
             ("synthetic rows", synthetic, SYNTHETIC, "^", 4.4, 0.85))  # fmt: skip
    projection = project(tuple((name, rows) for name, rows, *_ in named))
    if projection is None:
        return None
    figure, ax = _new_figure(3.3)
    for name, _, colour, marker, size, opacity in named:
        points, count = projection.points[name], projection.counts[name]
        if count:
            # many points: smaller and fainter, so that groups shine through each other
            crowd = max(0.5, min(1.0, (400 / max(len(points), 1)) ** 0.5))
            edge = 1.2 if marker == "x" else 0.0
            ax.plot(points[:, 0], points[:, 1], linestyle="none", marker=marker, markersize=size * crowd, color=colour,
                    alpha=opacity * crowd, markeredgewidth=edge, label=f"{name} ({count:,})")  # fmt: skip
    ax.set(xlim=projection.x_limits, ylim=projection.y_limits)
    _label_axes(ax, projection)
    for handle in _legend_above(ax, 2).get_lines():
        handle.set(alpha=1.0, markersize=5.0)
    drawn = ", ".join(f"{count:,} {name}" for name, count in projection.counts.items())
    alt = f"Rows projected on principal axes of the normals: {drawn}. {projection.notes}".strip()
    caption = f"{projection.reading} {projection.notes}".strip()
    return Drawing("projection", "Where the rows lie", inline_svg(figure, "projection", alt), caption)


def _label_axes(ax: Axes, projection: Projection) -> None:
    x_label, y_label = projection.labels
    ax.set_xlabel(x_label)
    ax.locator_params(axis="x", nbins=7)
    if projection.lanes:
        ax.set_yticks(range(len(projection.lanes)), projection.lanes)
        ax.grid(visible=False, axis="y")
    else:
        ax.set_ylabel(y_label)
        ax.locator_params(axis="y", nbins=7)


def _new_figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.2, height), layout="constrained")
    return figure, figure.add_subplot()


def _legend_above(ax: Axes, columns: int) -> Legend:
    ax.tick_params(length=3.0)
    return ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncol=columns)
