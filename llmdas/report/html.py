"""The report as one HTML file: no script, no address, nothing that leaves the page; program text stays text."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import jinja2
from markupsafe import Markup

from llmdas.report.content import AttemptCard, Comparison, Interval, ProgramCard, ReportContent
from llmdas.report.figures import draw_figures
from llmdas.report.text import marked, number, plural, source_lines, visible

SHORT_DIGEST = 12
LONG_DESCRIPTION = 1200
"""A description of more characters is folded."""


@dataclass(frozen=True, slots=True)
class _Span:
    """An interval on a track from 0 to 1, in percent of its width."""

    left: float
    width: float
    dot: float


def render(content: ReportContent) -> str:
    """Return the whole report as HTML 5; equal content gives equal text.

    Every string of `content` is untrusted: it is escaped, and control, bidi and other unseen characters are written
    out. The page forbids itself scripts, forms and every load by a Content-Security-Policy (W3C CSP 3). Encode it as
    UTF-8. matplotlib keeps its settings per process: render in one thread at a time.
    """
    template = _environment().get_template("template.html.j2")
    return template.render(
        content=content,
        figures=[(drawing, Markup(drawing.svg)) for drawing in draw_figures(content)],  # noqa: S704 - drawn by us
        rows=_rows(content),
        silence=_silence(content),
        paragraphs=[part for part in content.description.replace("\r\n", "\n").split("\n\n") if part.strip()],
        folded=len(content.description) > LONG_DESCRIPTION,
        digests=_digests(content),
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("llmdas", "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "marked": marked,
        "number": number,
        "interval": _interval,
        "lines": source_lines,
        "plural": plural,
        "percent": _percent,
        "times": _times,
        "short": _short,
        "span": _span,
        "judged": _judged,
        "chance": _chance,
        "verdict": _verdict,
        "ending": _ending,
        "tried": _tried,
    }
    environment.filters.update(filters)
    return environment


def _finalize(value: Any) -> Any:
    """Make every plain string that the template puts out visible; jinja2 escapes it for HTML after that."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _rows(content: ReportContent) -> str:
    """Say which rows scores and metrics stand for."""
    total = len(content.plain)
    if content.y is None:
        return plural(total, "scored row")
    anomalies = int((content.y == 1).sum())
    normals = f"{total - anomalies:,} normal"
    return f"{plural(total, 'test row')} ({normals}, {plural(anomalies, 'anomaly', 'anomalies')})"


def _silence(content: ReportContent) -> str:
    """Say why there are no metrics, or return an empty text when there are."""
    if content.comparisons:
        return ""
    if content.y is None:
        return "The table has no labels, so nothing is claimed about how well either detector finds anomalies."
    if len(set(content.y.tolist())) < 2:
        return "The test rows hold one class only, so no metric is defined and nothing is claimed."
    return "No metric was computed, so nothing is claimed."


def _interval(interval: Interval, *, signed: bool = False) -> str:
    """Return such as ``0.912 to 0.958``."""
    return f"{number(interval.low, signed=signed)} to {number(interval.high, signed=signed)}"


def _span(interval: Interval) -> _Span | None:
    """Place an interval on the track; None when a bound is not finite."""
    figures = (interval.low, interval.value, interval.high)
    if not all(math.isfinite(figure) for figure in figures):
        return None
    low, dot, high = (100.0 * min(max(figure, 0.0), 1.0) for figure in figures)
    return _Span(round(low, 2), round(max(high - low, 0.0), 2), round(dot, 2))


def _judged(comparison: Comparison) -> tuple[str, str, str]:
    """Return (class, word, sentence) on the paired gain: a gain is claimed only when its interval excludes zero."""
    gain = comparison.gain
    if gain.low > 0:
        return "good", "better", "The interval of the gain lies above zero."
    if gain.high < 0:
        return "bad", "worse", "The interval of the gain lies below zero."
    if math.isfinite(gain.low) and math.isfinite(gain.high):
        return "open", "no gain shown", "The interval of the gain contains zero."
    return "open", "no gain shown", "The interval of the gain is not defined."


def _chance(comparison: Comparison, content: ReportContent) -> str:
    """Say what a detector without any skill would reach; empty for a metric not known here."""
    if comparison.metric == "AUC-ROC":
        return "Chance: 0.500."
    if comparison.metric == "AUC-PR" and content.y is not None and len(content.y):
        return f"Chance: {number(float((content.y == 1).mean()))}, the share of anomalies."
    return ""


def _percent(share: float | None) -> str:
    return "\u2013" if share is None or not math.isfinite(share) else f"{100.0 * share:.0f} %"


def _times(ratio: float | None) -> str:
    if ratio is None or not math.isfinite(ratio):
        return "\u2013"
    return f"{ratio:.2f}" if ratio < 1000 else f"{ratio:.3g}"


def _short(digest: str) -> str:
    return digest[:SHORT_DIGEST]


def _verdict(attempt: AttemptCard) -> tuple[str, str]:
    """Return (class, word): the gate refuses; what it let through, or what never reached it, fails."""
    if attempt.accepted:
        return "good", "accepted"
    return ("bad", "refused") if attempt.stage == "gate" else ("open", "failed")


def _ending(program: ProgramCard) -> tuple[str, str]:
    """Return (class, words) on how the dialogue ended."""
    count = len(program.attempts)
    if any(attempt.accepted for attempt in program.attempts):
        return "good", f"accepted after {plural(count, 'attempt')}"
    return "bad", f"not accepted in {plural(count, 'attempt')}" if count else "no attempt"


def _tried(program: ProgramCard) -> str:
    """Sum up the trial in one line; the table below has it all."""
    shares = [share for _, share, _ in program.trial if share is not None and math.isfinite(share)]
    ratios = [ratio for _, _, ratio in program.trial if ratio is not None and math.isfinite(ratio)]
    parts = [plural(len(program.trial), "toy table")]
    if shares:
        parts.append(f"median {_percent(median(shares))} scored as normal")
    if ratios:
        parts.append(f"median spacing {_times(median(ratios))}")
    return ", ".join(parts)


def _digests(content: ReportContent) -> list[tuple[str, str]]:
    """Return all digests in full: the given ones in order, then those of programs that are not among them."""
    given = list(content.digests.items())
    known = set(content.digests.values())
    own = [(f"program {card.name}", card.sha256) for card in content.programs if card.sha256]
    return given + [(name, digest) for name, digest in own if digest not in known]
