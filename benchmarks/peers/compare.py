"""Writes ``docs/gate-compared.md``: what the gate and its peers find in our sample programs, refused and accepted ones.

    python3.11 -m venv peers && peers/bin/pip install -r benchmarks/peers/requirements.txt
    git clone https://github.com/semgrep/semgrep-rules && git clone https://github.com/vndee/llm-sandbox
    .venv/bin/python benchmarks/peers/compare.py --peers peers/bin/python \\
        --semgrep-rules semgrep-rules --llm-sandbox llm-sandbox

The two checkouts hold rules and a preset that their packages lack; neither is part of this repository. The same samples
and versions give the same file, byte for byte. No sample is run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from benchmarks.peers import judges as peers  # noqa: E402 - as a script, this file's own folder comes first

PROGRAMS = ROOT / "tests" / "programs"
RECORDINGS = ROOT / "llmdas" / "library" / "recordings"
TABLE = ROOT / "docs" / "gate-compared.md"
# File name up to the first hyphen -> what a reader is told; the order is that of the table.
CLASSES: Mapping[str, str] = {
    "import": "imports in every disguise",
    "builtin": "exec, eval, open, type, vars and their like",
    "attribute": "walks from an object to the inside of Python, format, getattr, writes",
    "name": "names of guards, modules as values, undefined names",
    "syntax": "classes, decorators, match, async, yield, global",
    "newer": "syntax and letters that only newer versions of Python read",
    "numpy": "numpy's files, native code, pickle and object arrays",
    "value": "classes and constructors as values, text indices",
    "source": "encodings, invisible characters, homoglyphs, depth, size, suppressions",
    "compile": "what only the compiler sees",
    "mutant": "what one line of the gate alone refuses",
    "other": "samples of no class above",
}
APART: Mapping[str, str] = {
    "interface": "wrong function, parameters, returns; code at import",
    "pattern": "house rules: endless loops, own generators, rows in exceptions or written over",
}
HONESTY = """\
The samples are ours: {attacks} attacks and {apart} breaches of the interface and of house rules that must be refused,
{must_pass} programs that must pass, and {recorded} programs that a model wrote. The gate is tested on the same files,
so its own column says that it does what its tests say, not how it would fare on attacks that nobody here thought of.
Bandit, ruff and semgrep look for careless code in trusted programs, not for a program that means harm; llm-sandbox's
policy is a filter in front of a container; RestrictedPython leaves attributes, imports and builtins to guards at run
time, which do not count here because nothing is run. Each loses by construction where it does not look. The interface
and the house rules are known to our gate alone, so those rows stand apart and are in no sum. Findings that only say
that a program asserts (bandit B101, ruff S101) are left out, and so are our own warnings, which refuse nothing. The
samples do no harm even if they run, so what they would do stands in literals, as in `eval("1")`, and rules that look
for values from outside, as most of semgrep's do, have no reason to speak."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One source: its name below the folder of samples, its class, its bytes.

    The class of a refused one is a key of `CLASSES` or `APART`; of another its folder, ``accept``, ``paper`` or
    ``recorded``.
    """

    name: str
    kind: str
    source: bytes


def main() -> int:
    """Parse the command line, ask every judge, write the table; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare the gate with its peers on our samples.")
    parser.add_argument("--peers", type=Path, required=True, help="interpreter of the environment with the peers")
    parser.add_argument("--semgrep-rules", type=Path, required=True, help="checkout of semgrep/semgrep-rules")
    parser.add_argument("--llm-sandbox", type=Path, required=True, help="checkout of vndee/llm-sandbox")
    parser.add_argument("--out", type=Path, default=TABLE, help="where the table goes (default: docs/gate-compared.md)")
    options = parser.parse_args()
    python = options.peers.absolute()  # not resolved: an environment's interpreter is often a link
    samples = collect()
    asked = [
        peers.gate(contract_of),
        peers.restricted_python(),
        peers.bandit(python, "low"),
        peers.bandit(python, "medium"),
        peers.ruff(python),
        peers.semgrep(python, options.semgrep_rules),
        peers.llm_sandbox(python, options.llm_sandbox),
        peers.python_itself(),
    ]
    options.out.write_text(render(samples, ask(asked, samples)), encoding="utf-8")
    return 0


def collect() -> list[Sample]:
    """Return refused samples, accepted samples and the programs of recorded answers."""
    found = []
    for path in sorted(PROGRAMS.rglob("*.py")):
        name = path.relative_to(PROGRAMS).as_posix()
        kind = name.partition("/")[0]
        if kind == "reject":
            kind = path.name.partition("-")[0]
            kind = kind if kind in CLASSES or kind in APART else "other"
        found.append(Sample(name, kind, path.read_bytes()))
    return [*found, *recorded()]


def recorded() -> list[Sample]:
    """Return the programs that a model really wrote, from the recorded answers that ship."""
    from llmdas.contract import load_contract
    from llmdas.llm.extract import extract_program
    from llmdas.llm.replay import Recording
    from llmdas.program import Program

    found = []
    for path in sorted(RECORDINGS.glob("*.json")):
        answer = Recording.model_validate(json.loads(path.read_bytes())).as_answer()
        program = extract_program(answer, load_contract().function)
        if isinstance(program, Program):  # the others are descriptions of detectors
            found.append(Sample(f"recorded/{path.stem[:16]}.py", "recorded", program.source))
    return found


def contract_of(name: str) -> str:
    """Return the contract of a sample, which its folder says."""
    return "das/paper" if name.startswith("paper/") else "das/1"


def ask(asked: Iterable[peers.Judge], samples: Sequence[Sample]) -> dict[peers.Judge, peers.Opinion]:
    """Write the samples into a folder outside any repository and ask every judge about it."""
    with tempfile.TemporaryDirectory() as scratch:
        for sample in samples:
            target = Path(scratch, sample.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(sample.source)
        return {judge: judge.ask(Path(scratch)) for judge in asked}


def render(samples: Sequence[Sample], opinions: Mapping[peers.Judge, peers.Opinion]) -> str:
    """Return the whole page."""
    judges = list(opinions)
    counts = {
        "attacks": len(_of(samples, CLASSES)),
        "apart": len(_of(samples, APART)),
        "must_pass": len(_of(samples, ["accept", "paper"])),
        "recorded": len(_of(samples, ["recorded"])),
    }
    refused = [(kind, _of(samples, [kind])) for kind in CLASSES]
    lines = [
        "# The gate beside its peers",
        "",
        "Written by `benchmarks/peers/compare.py`; not edited by hand.",
        "",
        HONESTY.format(**counts),
        "",
        "## Found: programs that must be refused",
        "",
        *_head("class of attack", judges),
        *(_row(f"{kind}: {CLASSES[kind]}", found, opinions) for kind, found in refused if found),
        _row("**all attacks**", _of(samples, CLASSES), opinions, share=True),
        *(_row(f"{kind}: {APART[kind]}", _of(samples, [kind]), opinions) for kind in APART),
        "",
        "## False alarms: programs that must pass",
        "",
        *_head("programs", judges),
        _row("tests/programs/accept", _of(samples, ["accept"]), opinions, share=True),
        _row("tests/programs/paper, under the paper's contract", _of(samples, ["paper"]), opinions, share=True),
        _row("recorded answers of a model", _of(samples, ["recorded"]), opinions, share=True),
        "",
        "## Who judged",
        "",
        *(f"- {judge.name} {judge.version}{_unread(opinions[judge])}" for judge in judges),
        "",
    ]
    return "\n".join(lines)


def _of(samples: Iterable[Sample], kinds: Iterable[str]) -> list[Sample]:
    wanted = set(kinds)
    return [sample for sample in samples if sample.kind in wanted]


def _head(first: str, judges: Sequence[peers.Judge]) -> list[str]:
    return [
        f"| {first} | samples | {' | '.join(judge.name for judge in judges)} |",
        f"| --- | ---: |{' ---: |' * len(judges)}",
    ]


def _row(
    title: str, samples: Sequence[Sample], opinions: Mapping[peers.Judge, peers.Opinion], share: bool = False
) -> str:
    cells = []
    for opinion in opinions.values():
        hit = sum(sample.name in opinion.flagged for sample in samples)
        cells.append(f"{hit} ({hit / max(len(samples), 1):.1%})" if share else str(hit))
    return f"| {title} | {len(samples)} | {' | '.join(cells)} |"


def _unread(opinion: peers.Opinion) -> str:
    if not opinion.unread:
        return ""
    return f"; could not read {len(opinion.unread)} of the files and said nothing of them, which counts as not found"


if __name__ == "__main__":
    sys.exit(main())
