"""The repair request: everything that was wrong with an attempt, at once, in words an LLM can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from llmdas.contract import Contract
from llmdas.program import Finding
from llmdas.prompting.templates import Prompt, load_template

Stage = Literal["extraction", "gate", "trial"]


def finding_text(finding: Finding) -> str:
    """One finding in one paragraph: rule, place, what, the line itself, remedy.

    A checker's own failure (DAS9xx) is told without details: they speak of the host, not of the program.
    """
    if finding.rule.startswith("DAS9"):
        return f"[{finding.rule}] the gate could not finish judging this program. Remedy: {finding.remedy}"
    place = f"line {finding.line}, column {finding.column}" if finding.line else "whole program"
    excerpt = f" in `{finding.excerpt.strip()}`" if finding.excerpt.strip() else ""
    return f"[{finding.rule}] {place}: {finding.message}{excerpt}. Remedy: {finding.remedy}".replace("..", ".")


def fault_text(table: str, line: int, source: str, message: str) -> str:
    """One fault on a toy table; toy tables are made up, so the message may be shown whole."""
    lines = source.splitlines()
    code = f" in `{lines[line - 1].strip()[:160]}`" if 0 < line <= len(lines) else ""
    place = f", line {line}{code}" if line else ""
    return f"On the table '{table}'{place}: {message}"


def repair_prompt(stage: Stage, problems: Sequence[str], contract: Contract) -> Prompt:
    """Ask to mend every problem of one stage."""
    return load_template("repair").render(stage=stage, problems=tuple(problems), signature=contract.signature)
