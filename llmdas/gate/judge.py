"""The gate as others call it: one program, one child process with limits, one verdict. Whatever goes wrong refuses."""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llmdas
import llmdas_sandbox
from llmdas.gate.bundle import bundle_digest
from llmdas.gate.catalogue import CATALOGUE
from llmdas.gate.inspection import inspect
from llmdas.gate.terms import Terms, terms_of
from llmdas.program import Finding, Program, Verdict

if TYPE_CHECKING:
    from llmdas.contract import Contract
    from llmdas.policy import Policy


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What one judgement may use; more is a refusal.

    Attributes:
        wall_s: seconds from start to answer.
        cpu_s: whole CPU seconds of the child.
        memory_bytes: address space of the child.
        answer_bytes: size of the child's answer.
    """

    wall_s: float = 20.0
    cpu_s: int = 10
    memory_bytes: int = 1 << 30
    answer_bytes: int = 1 << 20


def judge(program: Program, policy: Policy, contract: Contract, *, limits: GateLimits | None = None) -> Verdict:
    """Judge one program in a child process and return all findings.

    A child that crashes, is killed, takes too long, needs too much memory or answers garbage has refused the program
    with a DAS9xx finding; it never passes one and never raises.

    Raises:
        ResourceError: the rule files that ship do not load.
    """
    from llmdas.gate.rules import load_rules

    terms = terms_of(policy, contract, load_rules())
    if len(program.source) > terms.limits["max_bytes"]:
        findings = inspect(
            program.source, terms
        )  # no more than a comparison, and it keeps huge sources out of the pipe
    else:
        findings = _in_child(program, terms, limits or GateLimits())
    return Verdict(program.sha256, bundle_digest(policy), contract.digest, findings)


def _in_child(program: Program, terms: Terms, limits: GateLimits) -> tuple[Finding, ...]:
    job = {"source": base64.b64encode(program.source).decode(), "terms": terms.as_json()}
    try:
        with tempfile.TemporaryFile() as stdin:
            stdin.write(json.dumps(job).encode())
            stdin.seek(0)
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell, no outside input in argv
                _command(limits), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
            )
            with child:
                try:
                    raw = _read(child, limits)
                finally:
                    child.kill()
                    child.wait()
    except OSError as error:
        return _refusal("DAS901", f"the checker could not be started: {error.strerror or type(error).__name__}")
    if isinstance(raw, Finding):
        return (raw,)
    return _findings(raw, child.returncode, program, terms)


def _command(limits: GateLimits) -> list[str]:
    """Start from where these very packages lie: the child must judge with the same code as its parent."""
    folders = [str(Path(package.__file__ or "").resolve().parent) for package in (llmdas, llmdas_sandbox)]
    script = str(Path(__file__).resolve().with_name("child.py"))
    numbers = [str(int(limits.cpu_s)), str(int(limits.memory_bytes))]
    return [sys.executable, "-I", "-B", "-X", "utf8", script, *numbers, *folders]


def _read(child: subprocess.Popen[bytes], limits: GateLimits) -> bytes | Finding:
    """Read the answer until the child closes it; bounded in time and size."""
    assert child.stdout is not None  # noqa: S101 - PIPE was asked for
    descriptor, end, raw = child.stdout.fileno(), time.monotonic() + limits.wall_s, b""
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return _refusal("DAS902", f"the checker was stopped after {limits.wall_s:g} seconds")[0]
        part = os.read(descriptor, 1 << 16)
        raw += part
        if len(raw) > limits.answer_bytes:
            return _refusal("DAS904", f"the checker's answer exceeds {limits.answer_bytes} bytes")[0]
        if not part:
            break
    try:
        child.wait(max(end - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        return _refusal("DAS902", f"the checker did not end within {limits.wall_s:g} seconds")[0]
    return raw


def _findings(raw: bytes, status: int, program: Program, terms: Terms) -> tuple[Finding, ...]:
    if status == -signal.SIGXCPU:
        return _refusal("DAS902", "the checker was stopped because it used up its CPU time")
    if status == -signal.SIGKILL:
        return _refusal("DAS903", "the checker was killed, most likely for memory")
    if status != 0:
        return _refusal("DAS901", f"the checker ended with status {status}")
    try:
        answer: Any = json.loads(raw)
        failed = answer.get("failed")
        if failed is not None:
            rule = "DAS903" if failed == "memory" else "DAS901"
            return _refusal(rule, f"the checker failed: {str(failed)[:80]}")
        known = CATALOGUE.keys() | {pattern["id"] for pattern in terms.patterns}
        return _checked(answer, program, known)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return _refusal("DAS904", "the checker's answer is not of the expected form")


def _checked(answer: dict[str, Any], program: Program, known: set[str]) -> tuple[Finding, ...]:
    """Build findings from an answer, trusting nothing in it."""
    if set(answer) != {"sha256", "findings"} or answer["sha256"] != program.sha256:
        raise ValueError("not an answer on this program")
    findings = tuple(Finding(*fields) for fields in answer["findings"])
    for finding in findings:
        texts = (finding.message, finding.excerpt, finding.remedy)
        if not all(type(number) is int and number >= 0 for number in (finding.line, finding.column)):
            raise ValueError("not a place")
        if not all(type(text) is str for text in texts):
            raise ValueError("not a text")
        if finding.rule not in known or finding.severity not in ("error", "warning"):
            raise ValueError("not a rule")
    return tuple(sorted(findings))


def _refusal(rule: str, message: str) -> tuple[Finding]:
    return (Finding(0, 0, rule, message, "", CATALOGUE[rule].remedy),)
