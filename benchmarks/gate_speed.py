"""How quick the gate is beside its peers, in one run on the same files: ``benchmarks/gate_speed.py --peers VENV``.

    python3 -m venv .venv-peers && .venv-peers/bin/pip install bandit semgrep

Three figures. Cold: one file, a fresh process each time, the tools in turn. Many: a folder of distinct programs of
about a hundred lines, made of accepted ones with other names and numbers. Verdict: CPU time of all checks on one such
program in a warm process. Nothing made here is run. Other work on the machine shows in every figure, above all where a
tool uses several cores; ratios suffer less, and CPU seconds least.

A program costs by its syntax nodes, not by its lines. Those that LLMs and people wrote for this interface (recorded
answers, accepted samples, programs published with the paper, answers of small models) have 12.4 nodes a line in the
median: 3 for small models, 10 for the paper's, 13 for accepted samples, 23 for the recorded answers of a large model
that was told to be brief. The programs made here have 13, and the targets are about them. A second set, made with the
recorded answers too, has 15; its figures are shown beside the others.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import json
import math
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from llmdas.contract import load_contract
from llmdas.gate.inspection import inspect
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import terms_of
from llmdas.policy import load_policy

ROOT = Path(__file__).resolve().parents[1]
LINES = 100
COLD, MANY, VERDICT_MS = 1.5, 0.5, 5.0  # the targets
SEMGREP_RULE = {
    "rules": [
        {"id": "eval", "pattern": "eval(...)", "languages": ["python"], "severity": "ERROR", "message": "eval is used"}
    ]
}


class Figure(NamedTuple):
    """Wall seconds, and CPU seconds of a process and all below it."""

    wall: float
    cpu: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers"), help="environment with bandit and semgrep")
    parser.add_argument("--programs", type=int, default=1000, help="how many programs to make")
    parser.add_argument("--cold", type=int, default=15, help="how often each tool is started on one file")
    parser.add_argument("--rounds", type=int, default=1, help="how often each tool reads the folder")
    options = parser.parse_args()
    sources, dense = list(make_programs(options.programs)), list(make_programs(options.programs, dense=True))
    with tempfile.TemporaryDirectory() as scratch:
        folder, denser = Path(scratch) / "programs", Path(scratch) / "dense"
        _write(sources, folder)
        _write(dense, denser)
        rule = Path(scratch) / "rule.json"
        rule.write_text(json.dumps(SEMGREP_RULE), encoding="utf-8")
        tools = commands(options.peers, rule)
        one = folder / "program_0000.py"
        cold = timed({name: command(one) for name, command in tools.items()}, options.cold)
        many = timed({name: command(folder) for name, command in tools.items()}, options.rounds)
        many_dense = timed({name: command(denser) for name, command in tools.items()}, options.rounds)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    show("one file, cold", cold)
    verdict = per_hundred(sources)
    for what, programs, figures, each in (
        ("all programs", sources, many, verdict),
        ("denser ones", dense, many_dense, per_hundred(dense)),
    ):
        print(
            f"\n{len(programs)} programs, {_lines(programs):.0f} lines, {_nodes(programs):.0f} syntax nodes on average"
        )
        show(what, figures)
        print(f"verdict in a warm process: {each:.1f} ms of CPU for 100 lines")
    conclude(cold, many, verdict)
    return 0


def _write(sources: Sequence[str], folder: Path) -> None:
    folder.mkdir()
    for number, source in enumerate(sources):
        (folder / f"program_{number:04}.py").write_text(source, encoding="utf-8")


def commands(peers: Path, rule: Path) -> dict[str, Callable[[Path], list[str]]]:
    """Return tool -> the command that reads a file or a folder."""
    bandit, semgrep = peers / "bin" / "bandit", peers / "bin" / "semgrep"
    found: dict[str, Callable[[Path], list[str]]] = {
        "llmdas": lambda path: [sys.executable, "-m", "llmdas", "check", str(path)]
    }
    if bandit.exists():
        found["bandit"] = lambda path: [str(bandit), "-q", *(["-r"] if path.is_dir() else []), str(path)]
    if semgrep.exists():
        found["semgrep"] = lambda path: [
            *(str(semgrep), "scan", "--quiet", "--metrics", "off", "--disable-version-check", "--no-git-ignore"),
            *("--config", str(rule), str(path)),
        ]
    return found


def timed(tools: dict[str, list[str]], times: int) -> dict[str, Figure]:
    """Run every tool in turn and return its medians."""
    seen: dict[str, list[Figure]] = {name: [] for name in tools}
    for _ in range(times):
        for name, command in tools.items():
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=False)
            wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            seen[name].append(Figure(wall, cpu))
            if done.returncode not in (0, 1):
                raise SystemExit(f"{name} ended with status {done.returncode}: {done.stderr.decode()[-500:]}")
    return {name: Figure(*map(statistics.median, zip(*figures, strict=True))) for name, figures in seen.items()}


def verdict_ms(sources: Sequence[str]) -> list[float]:
    """Return CPU milliseconds of each verdict, the best of five, in this process once it is warm."""
    terms = terms_of(load_policy(), load_contract(), load_rules())
    chosen = [source.encode() for source in sources[:: max(len(sources) // 40, 1)]]
    best = [float("inf")] * len(chosen)
    for _ in range(5):
        for index, source in enumerate(chosen):
            began = time.process_time()
            inspect(source, terms)
            best[index] = min(best[index], 1000 * (time.process_time() - began))
    return best


def per_hundred(sources: Sequence[str]) -> float:
    """Return CPU milliseconds of a verdict on 100 lines."""
    return statistics.mean(verdict_ms(sources)) * LINES / _lines(sources)


def _lines(sources: Sequence[str]) -> float:
    return statistics.mean(source.count("\n") for source in sources)


def _nodes(sources: Sequence[str]) -> float:
    return statistics.mean(sum(1 for _ in ast.walk(ast.parse(source))) for source in sources[:50])


def show(what: str, figures: dict[str, Figure]) -> None:
    """Print seconds and CPU seconds of each tool, and their ratio to bandit's."""
    print(f"\n{what:<20}{'seconds':>10}{'ratio':>8}{'CPU seconds':>14}{'ratio':>8}")
    base = figures.get("bandit", Figure(math.nan, math.nan))
    for name, (wall, cpu) in figures.items():
        print(f"{name:<20}{wall:>10.3f}{wall / base.wall:>8.2f}{cpu:>14.3f}{cpu / base.cpu:>8.2f}")


def conclude(cold: dict[str, Figure], many: dict[str, Figure], verdict: float) -> None:
    """Print each target and whether it holds."""
    print()
    for what, value, target in (
        ("cold, ratio to bandit", _ratio(cold), COLD),
        ("all programs, ratio to bandit", _ratio(many), MANY),
        ("verdict on 100 lines, ms", verdict, VERDICT_MS),
    ):
        holds = "not measured" if math.isnan(value) else "holds" if value <= target else "does not hold"
        print(f"{what:<32}{value:>8.2f}   at most {target:g}: {holds}")


def _ratio(figures: dict[str, Figure]) -> float:
    return figures["llmdas"].wall / figures["bandit"].wall if "bandit" in figures else math.nan


def make_programs(count: int, *, dense: bool = False) -> Iterator[str]:
    """Yield distinct programs of about a hundred lines, the same ones every time; `dense` ones of recordings too."""
    chance = random.Random(0)
    originals = [*(_recorded() if dense else ()), *_accepted()]
    helpers = [helper for text in originals for helper in _helpers(text)]
    for number in range(count):
        parts = [_changed(chance.choice(originals), chance, number)]
        while (missing := LINES - 3 - sum(part.count("\n") for part in parts)) > 0:
            fitting = [helper for helper in helpers if helper.count("\n") <= missing]
            if not fitting:
                break
            helper = _changed(chance.choice(fitting), chance, number)
            name = f"part_{number}_{len(parts)}"
            parts.append("\n\n" + re.sub(r"^def \w+", f"def {name}", helper))
        yield "".join(parts)


def _recorded() -> Iterator[str]:
    contract = load_contract()
    for path in sorted((ROOT / "llmdas" / "library" / "recordings").glob("*.json")):
        answer = json.loads(path.read_bytes())["answer"]
        for text in re.findall(r"```python\n(.*?)```", answer, re.DOTALL):
            if f"def {contract.function}" in text and text.count("\n") <= LINES + 5:
                yield text


def _accepted() -> Iterator[str]:
    for path in sorted((ROOT / "tests" / "programs" / "accept").glob("*.py")):
        text = path.read_bytes().decode()
        plain = text.isascii() and "\r" not in text and "import numpy as np" in text
        if plain and text.count("\n") >= 5:
            yield text


def _helpers(text: str) -> Iterator[str]:
    """Yield the functions of a program that stand alone: with numpy and nothing else of the program."""
    for function in ast.parse(text).body:
        if isinstance(function, ast.FunctionDef):
            names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
            bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(dir(builtins)) | {"np"}
            bound |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
            if {node.id for node in names} <= bound:
                yield (ast.get_source_segment(text, function) or "") + "\n"


def _changed(text: str, chance: random.Random, number: int) -> str:
    """Return a program with other names for what its functions assign and other numbers with a point."""
    tree = ast.parse(text)
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg | ast.keyword) and node.arg}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    own = {name for name in stored - given - attributes if len(name) > 1 and not name.startswith("_")}
    text = re.sub(r"\b[A-Za-z_]\w*\b", lambda found: f"{found[0]}_{number}" if found[0] in own else found[0], text)
    return re.sub(r"(?<![\w.])(\d+\.\d)(?![\w.])", lambda found: f"{found[1]}{chance.randrange(1, 1000):03}", text)


if __name__ == "__main__":
    sys.exit(main())
