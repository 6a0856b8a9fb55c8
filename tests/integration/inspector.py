"""Run by another interpreter: inspects many sources in one process; the job is a JSON file, the answer JSON text.

The interpreter needs RestrictedPython and ast-grep-py only. Where ast-grep-py cannot be had, the job brings what the
patterns found: they are ast-grep's own work in native code, which does not depend on the interpreter.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import astuple
from pathlib import Path
from types import ModuleType
from typing import Any


def answer(job: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """Return the findings on every source of a job; an exception takes the place of findings."""
    root = Path(job["root"])
    _bare_package("llmdas", root / "llmdas")
    _bare_package("llmdas.gate", root / "llmdas" / "gate")
    _bare_package("llmdas_sandbox", root / "sandbox" / "llmdas_sandbox")
    if job["patterns"] is not None:
        sys.modules["llmdas.gate.patterns"] = _recorded(job["patterns"])
    from llmdas.gate.inspection import inspect
    from llmdas.gate.terms import Terms

    terms = Terms.from_json(job["terms"])
    found: dict[str, list[list[Any]]] = {}
    for name, source in job["sources"].items():
        try:
            found[name] = [list(astuple(finding)) for finding in inspect(base64.b64decode(source), terms)]
        except Exception as error:
            found[name] = [[0, 0, "DAS901", f"{type(error).__name__}: {error}", "", "", "error"]]
    return found


def _bare_package(name: str, folder: Path) -> None:
    """Make a package importable without its ``__init__``, which needs numpy."""
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


def _recorded(patterns: dict[str, list[list[Any]]]) -> ModuleType:
    """A module that takes the place of the one that runs ast-grep."""

    def check_patterns(text: str, _: Any, report: Any) -> None:
        for line, column, rule, message, _excerpt, remedy, severity in patterns[text]:
            report.add(rule, message, line=line, column=column, remedy=remedy, severity=severity)

    module = ModuleType("llmdas.gate.patterns")
    module.check_patterns = check_patterns  # type: ignore[attr-defined]
    return module


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.loads(Path(sys.argv[1]).read_bytes()))))
