"""What holds for every source whatsoever; shared by the tests and by the coverage-guided fuzzer. Runs no program."""

from __future__ import annotations

import json
import re
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from llmdas.gate.catalogue import CATALOGUE
from llmdas.gate.inspection import inspect
from llmdas.gate.judge import GateLimits
from llmdas.gate.terms import Terms
from llmdas.program import Finding
from llmdas_sandbox.guest.restricted import compile_program

from .oracle import objections

_LINE = re.compile(rb"\r\n|\n")  # a bare carriage return ends a line for Python alone; the gate goes no further then
_ENCODING = re.compile(rb"coding[:=]")
_PLACES = re.compile(r"\b(lines? )(\d+)(?:( to )(\d+))?")
_OFFSET = re.compile(r"\b(byte )(\d+)")
_MAX_TEXT, _MAX_EXCERPT, _MAX_FINDINGS = 400, 120, 201


class Hang(BaseException):
    """The gate used more CPU time than one judgement may; not an Exception, so that no check swallows it."""


@contextmanager
def bounded(cpu_s: float = 0.0, memory_bytes: int = 0) -> Iterator[None]:
    """Run the body under the gate's own limits of CPU time and memory, which leave the rest of the process alone.

    CPU time, not wall-clock, so that a busy machine changes nothing.

    Args:
        cpu_s: CPU seconds of this process; 0 for the gate's own limit.
        memory_bytes: address space on top of what is taken already; 0 for the gate's own limit.

    Raises:
        Hang: the body took longer.
        MemoryError: the body wanted more.
    """
    limits = GateLimits()
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()  # noqa: SIM115,PTH123 - no file to leak
    bound = taken + (memory_bytes or limits.memory_bytes)
    alone = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGPROF, _hang) if alone else None
    try:
        if before[1] == resource.RLIM_INFINITY or bound <= before[1]:
            resource.setrlimit(resource.RLIMIT_AS, (bound, before[1]))
        if alone:
            signal.setitimer(signal.ITIMER_PROF, cpu_s or limits.cpu_s, 1.0)  # again, should a callback swallow it
        yield
    finally:
        if alone:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _hang(signum: int, frame: FrameType | None) -> None:
    raise Hang("the gate did not come to an end")


def sound(source: bytes, terms: Terms) -> tuple[Finding, ...]:
    """Judge one source and check the verdict against all that must hold of it alone; return the findings.

    Raises:
        AssertionError: something does not hold.
        Hang, MemoryError, Exception: what the gate let out.
    """
    with bounded():
        findings = inspect(source, terms)
    well_formed(source, findings, terms)
    if accepts(findings):
        assert compile_program(source).code is not None, "accepted, but the guest's compiler refuses it"
        against = objections(source, terms)
        assert not against, f"accepted in spite of: {'; '.join(against)}"
    return findings


def accepts(findings: tuple[Finding, ...]) -> bool:
    """Tell whether these findings let a program run."""
    return not any(finding.severity == "error" for finding in findings)


def steady(source: bytes, terms: Terms) -> tuple[Finding, ...]:
    """Check that a second look finds the same, and that lines put on top move findings and change nothing else.

    Raises:
        AssertionError: it does not.
    """
    findings = sound(source, terms)
    assert sound(source, terms) == findings, "a second look finds something else"
    lines = _LINE.split(source)[:3]
    if source.startswith(b"\xef\xbb\xbf") or any(_ENCODING.search(line) for line in lines):
        return findings  # these mean what they mean on the first lines only
    for top in (b"# a comment\n", b"\n\n", b"# \xc3\xa9\r\n"):
        if len(source) + len(top) <= terms.limits["max_bytes"]:
            moved = tuple(_moved(finding, top) for finding in findings)
            assert sound(top + source, terms) == moved, f"{top!r} on top changes the findings"
    return findings


def _moved(finding: Finding, top: bytes) -> Finding:
    """Return what becomes of a finding below more lines: its line, and the lines and bytes that its message counts."""
    by = top.count(b"\n")

    def later(match: re.Match[str]) -> str:
        first, last = int(match[2]) + by, int(match[4] or 0) + by
        return f"{match[1]}{first}" + (f"{match[3]}{last}" if match[3] else "")

    line = finding.line + by if finding.line else 0
    message = _PLACES.sub(later, finding.message)
    message = _OFFSET.sub(lambda match: f"{match[1]}{int(match[2]) + len(top)}", message)
    return Finding(line, finding.column, finding.rule, message, finding.excerpt, finding.remedy, finding.severity)


def well_formed(source: bytes, findings: tuple[Finding, ...], terms: Terms) -> None:
    """Check findings as whoever prints, stores or compares them relies on them.

    Raises:
        AssertionError: a rule is unknown, a place lies outside the source, or a text is not fit to be shown.
    """
    known = CATALOGUE.keys() | {pattern["id"] for pattern in terms.patterns}
    lines = [line.decode("utf-8", "replace") for line in _LINE.split(source)]
    assert list(findings) == sorted(findings), "not sorted"
    assert len({(f.line, f.column, f.rule) for f in findings}) == len(findings), "one rule twice at one place"
    assert len(findings) <= _MAX_FINDINGS, "too many"
    for finding in findings:
        rule, line, column = finding.rule, finding.line, finding.column
        assert rule in known, f"{rule} is unknown"
        assert finding.severity in ("error", "warning"), f"{rule} has severity {finding.severity!r}"
        if line == 0:
            assert (column, finding.excerpt) == (0, ""), f"{rule} is on the whole source, yet has a place"
        else:
            assert 1 <= line <= len(lines), f"{rule} is outside the source: line {line} of {len(lines)}"
            text, width = lines[line - 1], len(lines[line - 1])
            plain = text.isascii() and text.isprintable() and width <= _MAX_EXCERPT
            assert not plain or finding.excerpt == text, f"{rule} shows another line"
            assert 1 <= column <= width + 1, f"{rule} is outside its line: column {column} of {width}"
        assert len(finding.excerpt) <= _MAX_EXCERPT, f"{rule} has a long excerpt"
        assert finding.message, f"{rule} says nothing"
        assert finding.remedy, f"{rule} has no remedy"
        for text in (finding.message, finding.excerpt, finding.remedy):
            assert len(text) <= _MAX_TEXT, f"{rule} has a text of {len(text)} characters"
            unfit = [f"U+{ord(c):04X}" for c in text if not c.isprintable() and c != "\t"]
            assert not unfit, f"{rule} shows {unfit[0]}"
    json.dumps([finding.message for finding in findings], ensure_ascii=False).encode()
