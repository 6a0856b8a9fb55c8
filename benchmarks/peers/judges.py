"""The judges of `compare.py`, ours and others: each looks at a folder of sources and says which files it objects to.

No judge runs a sample. Peers run in an environment of their own (`requirements.txt`), named by its interpreter.
"""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge says of the files in one folder.

    Attributes:
        flagged: paths relative to the folder that it objects to.
        unread: those that it could not read and passed over without an objection.
    """

    flagged: frozenset[str]
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge: its name and version as the table shows them, and what asks it."""

    name: str
    version: str
    ask: Callable[[Path], Opinion]


def _relative(names: Iterable[str], folder: Path) -> frozenset[str]:
    root = folder.resolve()
    return frozenset(Path(root, name).resolve().relative_to(root).as_posix() for name in names)


def _run(command: list[str], folder: Path, good: tuple[int, ...] = (0, 1)) -> str:
    """Run a peer in the folder, without the user's settings; return its stdout.

    Raises:
        RuntimeError: it ended with another status than those of a finished scan.
    """
    private = {"HOME": str(folder), "SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}
    own = {**os.environ, **private}
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode not in good:
        raise RuntimeError(f"{command[0]} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def bandit(python: Path, least: str) -> Judge:
    """Bandit's findings of at least one severity: ``low`` for any, ``medium`` for medium and high."""
    ranks = {"LOW": 0, "MEDIUM": 1, "HIGH": 2}

    def ask(folder: Path) -> Opinion:
        out = _run([str(python), "-m", "bandit", "-q", "-r", "-f", "json", "."], folder)
        return read_bandit(json.loads(out), folder, {rank for rank in ranks if ranks[rank] >= ranks[least.upper()]})

    return Judge(f"bandit, {'any' if least == 'low' else 'medium+'}", version_of(python, "bandit"), ask)


def read_bandit(answer: Any, folder: Path, severities: set[str]) -> Opinion:
    """Read bandit's JSON report, without what says that a program asserts."""
    counted = [r for r in answer["results"] if r["test_id"] != "B101" and r["issue_severity"] in severities]
    flagged = _relative((result["filename"] for result in counted), folder)
    unread = _relative((error["filename"] for error in answer["errors"]), folder)
    return Opinion(flagged, unread - flagged)


def semgrep(python: Path, rules: Path) -> Judge:
    """Semgrep with the security rules for Python of a checkout of semgrep/semgrep-rules; nothing is fetched."""
    folders = sorted(path for path in (rules / "python").rglob("security") if path.is_dir())
    if not folders:
        raise FileNotFoundError(f"{rules} holds no folder python/**/security")

    def ask(folder: Path) -> Opinion:
        configs = [part for path in folders for part in ("--config", str(path.resolve()))]
        options = ["--json", "--metrics=off", "--disable-version-check", "--no-git-ignore", "--jobs=1", "--quiet"]
        out = _run([str(python.with_name("semgrep")), "scan", *configs, *options, "."], folder)
        return read_semgrep(json.loads(out), folder)

    return Judge("semgrep", f"{version_of(python, 'semgrep')}, rules {commit_of(rules)}", ask)


def read_semgrep(answer: Any, folder: Path) -> Opinion:
    """Read semgrep's JSON report; files that it did not scan, or could not parse, are unread."""
    flagged = _relative((result["path"] for result in answer["results"]), folder)
    scanned = _relative(answer["paths"]["scanned"], folder)
    broken = _relative((error["path"] for error in answer["errors"] if error.get("path")), folder)
    every = _relative((str(path) for path in folder.resolve().rglob("*.py")), folder)
    return Opinion(flagged, ((every - scanned) | broken) - flagged)


def ruff(python: Path) -> Judge:
    """Ruff's rules S, which are bandit's written anew; what does not parse is a finding of its own."""

    def ask(folder: Path) -> Opinion:
        options = ["--isolated", "--no-cache", "--select", "S", "--output-format", "json"]
        return read_ruff(json.loads(_run([str(python.with_name("ruff")), "check", *options, "."], folder)), folder)

    return Judge("ruff S", version_of(python, "ruff"), ask)


def read_ruff(answer: Any, folder: Path) -> Opinion:
    """Read ruff's JSON report, without what says that a program asserts."""
    return Opinion(_relative((found["filename"] for found in answer if found["code"] != "S101"), folder))


def llm_sandbox(python: Path, checkout: Path) -> Judge:
    """llm-sandbox's own check under the strictest preset of its examples; no container is started."""
    helper = Path(__file__).with_name("llm_sandbox_strict.py")
    presets = checkout / "examples" / "security_policy_presets.py"

    def ask(folder: Path) -> Opinion:
        out = _run([str(python), "-I", str(helper.resolve()), str(presets.resolve()), "."], folder)
        answer = json.loads(out)
        return Opinion(_relative(answer["flagged"], folder), _relative(answer["unread"], folder))

    return Judge("llm-sandbox strict", f"{version_of(python, 'llm-sandbox')}, preset {commit_of(checkout)}", ask)


def restricted_python() -> Judge:
    """RestrictedPython with its own policy, as `compile_restricted` uses it; of our environment."""
    from importlib.metadata import version

    from RestrictedPython import compile_restricted_exec

    def refuses(source: bytes) -> bool:
        try:
            return bool(compile_restricted_exec(source.decode("utf-8", "strict")).errors)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return True

    return Judge("RestrictedPython", version("RestrictedPython"), lambda folder: _each(folder, refuses))


def python_itself() -> Judge:
    """Python's own compiler: what is left when nobody judges."""
    import platform

    def refuses(source: bytes) -> bool:
        try:
            compile(source, "program.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return True
        return False

    return Judge("Python compiles", platform.python_version(), lambda folder: _each(folder, refuses))


def gate(contract_of: Callable[[str], str]) -> Judge:
    """Our gate, each program under its contract; a warning does not refuse."""
    from llmdas import __version__
    from llmdas.contract import load_contract
    from llmdas.gate.pool import judge_all
    from llmdas.policy import load_policy
    from llmdas.program import Program

    def ask(folder: Path) -> Opinion:
        flagged: set[str] = set()
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
        for contract in sorted({contract_of(name) for name in names}):
            mine = [name for name in names if contract_of(name) == contract]
            programs = [Program((folder / name).read_bytes()) for name in mine]
            verdicts = judge_all(programs, load_policy(), load_contract(contract))
            flagged |= {name for name, verdict in zip(mine, verdicts, strict=True) if not verdict.accepted}
        return Opinion(frozenset(flagged))

    return Judge("llmdas gate", __version__, ask)


def _each(folder: Path, refuses: Callable[[bytes], bool]) -> Opinion:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused = [str(path) for path in folder.resolve().rglob("*.py") if refuses(path.read_bytes())]
    return Opinion(_relative(refused, folder))


def version_of(python: Path, package: str) -> str:
    """Return the version of a package in another environment."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def commit_of(checkout: Path) -> str:
    """Return the first characters of a checkout's commit."""
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()[:12]
