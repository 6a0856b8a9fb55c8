"""What `doctor` found as text: a table per backend and level, how each control was measured, and the verdict."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence

from llmdas_sandbox import __version__
from llmdas_sandbox.doctor import Examined, Row, how_measured, now, verdict
from llmdas_sandbox.selfcheck import code_digest

WIDTH = 100
_NAME, _STATE, _NEED, _WHO = 25, 7, 5, 22
_SEEN = WIDTH - 2 - _NAME - _STATE - _NEED - _WHO
_LONGEST = 12 * _SEEN  # of what was seen, where a failed control lists much; the JSON has it whole
_COLOURS = {"held": "\033[32m", "FAILED": "\033[1;31m", "absent": "\033[2m"}
_RESET = "\033[0m"
_FOOTER = (
    "need: whether the sandbox is refused when the control fails. absent: it does not exist there, and what stands in"
    " its place.",
    "The gate and the guards are no part of the sandbox and are not measured here: tests/gate, tests/programs and"
    " tests/guards test them; tests/escapes runs attacks with both switched off.",
    "Not closed by any of this: bugs of the kernel, side channels of a shared processor, a GPU's driver where one"
    " enters, an engine that runs as root. docs/threat-model.md says what remains for each control.",
)


def as_text(examined: Sequence[Examined], *, quick: bool = False, colour: bool = False) -> str:
    """Return the account, at most 100 columns wide, plain ASCII but for colours, ending in a newline."""
    host = os.uname()
    kind = "quick check" if quick else "every control"
    lines = [
        f"llmdas doctor: {kind}, {now()}",
        f"on {host.sysname} {host.release} {host.machine} as user {os.geteuid()}; llmdas_sandbox {__version__}, code"
        f" {code_digest()[:12]}",
        "",
    ]
    for one in examined:
        lines += [*(_table(one, colour) if one.available else _unavailable(one)), ""]
    measured = how_measured(examined)
    if measured:
        lines += ["How each control was measured", ""]
        lines += [line for name, how in measured.items() for line in _columns((f"  {name}", _NAME + 2), how)]
        lines.append("")
    lines += [line for paragraph in _FOOTER for line in textwrap.wrap(paragraph, WIDTH)]
    lines += ["", *textwrap.wrap(_verdict(examined), WIDTH)]
    return "".join(f"{_ascii(line)}\n" for line in lines)


def _table(one: Examined, colour: bool) -> Iterator[str]:
    needed = [row for row in one.controls if row.required]
    held = sum(row.state == "held" for row in needed)
    what = "measured" if one.measured < one.required else "required"
    count = f"all {held} {what} controls held"
    if held < len(needed):
        count = f"{len(needed) - held} of {len(needed)} FAILED"
    yield f"{one.backend}, level {one.level}: {count} ({one.seconds:.1f} s)"
    if one.measured < one.required:
        yield f"  {one.measured} of {one.required} required controls measured; the rest only by the full check"
    yield from textwrap.wrap(
        f"guest {one.guest[:12]}; {one.engine}", WIDTH, initial_indent="  ", subsequent_indent="  "
    )
    yield ""
    yield f"  {'control':<{_NAME}}{'state':<{_STATE}}{'need':<{_NEED}}{'enforced by':<{_WHO}}seen"
    yield f"  {'-' * (WIDTH - 2)}"
    for row in one.controls:
        yield from _row(row, colour)


def _row(row: Row, colour: bool) -> Iterator[str]:
    seen = row.seen if len(row.seen) <= _LONGEST else row.seen[: _LONGEST - 4].rsplit(" ", 1)[0] + " ..."
    state = f"{row.state:<{_STATE}}"
    shown = f"{_COLOURS[row.state]}{state}{_RESET}" if colour else state
    who = textwrap.wrap(row.enforced_by, _WHO - 1)
    words = textwrap.wrap(seen, _SEEN) or [""]
    need = "yes" if row.required else "no"
    for place in range(max(len(who), len(words))):
        left = f"  {row.name:<{_NAME}}{shown}{need:<{_NEED}}" if place == 0 else " " * (2 + _NAME + _STATE + _NEED)
        middle = who[place] if place < len(who) else ""
        yield f"{left}{middle:<{_WHO}}{words[place] if place < len(words) else ''}".rstrip()


def _unavailable(one: Examined) -> Iterator[str]:
    yield f"{one.backend}, level {one.level}: not available"
    said = one.reason.removeprefix(f"{one.backend}: ")
    yield from textwrap.wrap(f"{said} {one.remedy}".strip(), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _columns(first: tuple[str, int], rest: str) -> Iterator[str]:
    text, width = first
    for place, line in enumerate(textwrap.wrap(rest, WIDTH - width)):
        yield f"{text if place == 0 else '':<{width}}{line}"


def _verdict(examined: Sequence[Examined]) -> str:
    usable = [f"{one.backend} {one.level}" for one in examined if one.passed]
    failed = [f"{one.backend} {one.level}" for one in examined if one.available and not one.passed]
    if failed:
        return f"FAILED: {', '.join(failed)}. A sandbox that fails is not used."
    if not verdict(examined):
        return "FAILED: no sandbox is available here, and llmdas runs nothing without one."
    left = sum(one.required - one.measured for one in examined if one.passed)
    rest = (
        f" {left} required controls of these were NOT measured: leave out --quick for the full check." if left else ""
    )
    return f"Usable here: {', '.join(usable)}.{rest}"


def _ascii(line: str) -> str:
    return line.encode("ascii", "backslashreplace").decode()
