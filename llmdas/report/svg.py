"""From a matplotlib figure to SVG that can stand inside an HTML page: small, themed by CSS, always the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

import matplotlib.style
from matplotlib.figure import Figure

INK, MUTED, GRID = "#010101", "#020202", "#030303"
NORMAL, ANOMALY, SYNTHETIC = "#010204", "#010205", "#010206"
PLAIN, ENHANCED = "#010207", "#010208"

# Figures are drawn in these stand-ins; the page's style sheet gives each variable a value per colour scheme.
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    NORMAL: "var(--normal)",
    ANOMALY: "var(--anomaly)",
    SYNTHETIC: "var(--synthetic)",
    PLAIN: "var(--plain)",
    ENHANCED: "var(--enhanced)",
}

_STYLE = {
    "svg.hashsalt": "llmdas",
    "svg.fonttype": "none",
    "font.size": 10.0,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "figure.facecolor": "none",
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.2,
    "legend.borderpad": 0.0,
    "legend.borderaxespad": 0.3,
}

_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
# matplotlib writes either the short or the long form, depending on its release
_FONT = re.compile(r"font: (?:[a-z0-9]+ )*?([\d.]+)px [^;]*")
_FAMILY = re.compile(r"font-family: [^;]*;? ?")
_REFERENCE = re.compile(r"#([A-Za-z][\w.-]*)")


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw in the report's style, whatever the user's matplotlibrc says; settings of the process come back after.

    matplotlib keeps its settings per process: draw in one thread at a time.
    """
    with matplotlib.style.context(["default", _STYLE]):
        yield


def inline_svg(figure: Figure, key: str, label: str) -> str:
    """Return a figure as an ``svg`` element for an HTML page. Call inside `drawing_style`.

    Equal figures give equal bytes. Colours are CSS variables, fonts the page's, numbers have two decimals, and the
    element holds no address: name spaces, document type and metadata are dropped (HTML 5 needs none of them).

    Args:
        figure: drawn with the colours of this module.
        key: prefix of every id inside, so that several figures can stand in one page.
        label: text alternative, what the picture shows in words.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())  # noqa: S314 - written by matplotlib in the line above
    _drop(root)
    referred = {name for node in root.iter() for value in node.attrib.values() for name in _REFERENCE.findall(value)}
    names = {name: f"{key}-{index}" for index, name in enumerate(sorted(referred))}
    for node in root.iter():
        node.tag = _local(node.tag)
        node.attrib = _tidy(node.attrib, names)
        node.text = node.text.strip() if node.text else None
        node.tail = None
    for node in root.iter("g"):
        _share_style(node)
    view_box = root.attrib["viewBox"]
    root.attrib = {"class": "plot", "viewBox": view_box, "role": "img", "aria-label": label}
    return ElementTree.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _drop(node: ElementTree.Element) -> None:
    """Remove metadata and matplotlib's own style element, which would reach the whole page."""
    for child in list(node):
        if _local(child.tag) in {"metadata", "style"}:
            node.remove(child)
        else:
            _drop(child)


def _tidy(attributes: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in attributes.items():
        local = _local(name)
        if local == "id":
            if value in names:
                kept["id"] = names[value]
            continue
        themed = _themed(value) if local == "style" else value
        referring = _REFERENCE.sub(lambda match: f"#{names.get(match[1], match[1])}", themed)
        kept[local] = " ".join(_LONG_NUMBER.sub(_rounded, referring).split())
    return kept


def _themed(style: str) -> str:
    style = _FAMILY.sub("", _FONT.sub(r"font-size: \1px", style))
    for colour, variable in _VARIABLES.items():
        style = style.replace(colour, variable)
    return style


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def _share_style(group: ElementTree.Element) -> None:
    """Move a style that all markers of a group have onto the group: thousands of points carry it once."""
    if any(child.tag != "use" for child in group):
        return
    styles = {child.attrib.get("style") for child in group}
    style = styles.pop() if len(styles) == 1 else None
    if style and "style" not in group.attrib:
        group.attrib["style"] = style
        for child in group:
            del child.attrib["style"]
