"""The child's side of `judge`, run as a script: limits first, then one job from input, one answer to output."""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from dataclasses import astuple
from pathlib import Path
from types import ModuleType
from typing import Any


def main(cpu_s: int, memory_bytes: int, llmdas: Path, llmdas_sandbox: Path) -> None:
    """Judge one source; writes a JSON object with ``findings``, or with ``failed`` where a check broke down."""
    _limit(resource.RLIMIT_CPU, cpu_s)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a check prints may reach the answer
    _bare_package("llmdas", llmdas)
    _bare_package("llmdas.gate", llmdas / "gate")
    _bare_package("llmdas_sandbox", llmdas_sandbox)
    with answer:
        answer.write(json.dumps(_answer(sys.stdin.buffer.read())).encode())


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (bound, bound))


def _bare_package(name: str, folder: Path) -> None:
    """Make a package importable without its ``__init__``, which loads numpy; fixes where its code comes from."""
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


def _answer(raw: bytes) -> dict[str, Any]:
    try:
        from llmdas.digest import sha256
        from llmdas.gate.inspection import inspect
        from llmdas.gate.terms import Terms

        job = json.loads(raw)
        source = base64.b64decode(job["source"])
        findings = inspect(source, Terms.from_json(job["terms"]))
        return {"sha256": sha256(source), "findings": [astuple(finding) for finding in findings]}
    except MemoryError:
        return {"failed": "memory"}
    except BaseException as error:  # noqa: BLE001,RUF100 - a panic inside ast-grep is a BaseException
        return {"failed": type(error).__name__}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
