"""Coverage-guided fuzzing of the gate with atheris: bytes in, the properties of `properties.py` checked, nothing run.

Usage, in an environment of its own, because atheris wants to instrument what it imports (`make fuzz` does the same):

    python3.11 -m venv fuzzenv && fuzzenv/bin/pip install -r requirements/fuzz.txt
    fuzzenv/bin/python tests/fuzz/atheris_gate.py --seconds 60 --artefacts artefacts --corpus corpus

The corpus begins with every program in ``tests/programs`` and grows in the folder given; it may be kept for the next
run. A failure that Python can see (an exception, a hang in Python code, a property that does not hold) is written once
per kind to ``artefacts/finding-*.py`` with its traceback beside it, and fuzzing goes on. One that kills the process (a
crash or hang of the parser in C or Rust, memory) leaves libFuzzer's own ``crash-*``, ``timeout-*`` or ``oom-*`` there.
The last line on stdout is a JSON object with the figures. Exit status: 0 nothing found, or atheris is missing (said
loudly on stderr); 1 something found.

One artefact again: ``python tests/fuzz/atheris_gate.py --again artefacts/finding-1a2b3c.py``
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MEMORY_MB = 2048
TIMEOUT_S = 30  # wall-clock of one source, for hangs that `bounded` cannot interrupt
MAX_LEN = 8192
_PULSE = re.compile(r"^#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+) corp: (\d+)")
_FINAL = re.compile(r"^stat::(\w+):\s+(\d+)")


def main() -> int:
    """Parse the command line, run the fuzzer in a child process, print its figures; return the exit status."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of the gate.")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--artefacts", type=Path, help="where findings go (default: a new temporary folder)")
    parser.add_argument("--corpus", type=Path, help="where the corpus grows (default: a temporary folder)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the mutations; 0 for a new one")
    parser.add_argument("--profile", default="numpy", help="profile of the policy (default: %(default)s)")
    parser.add_argument("--contract", default="das/1", help="contract (default: %(default)s)")
    parser.add_argument("--again", type=Path, help="check one artefact and show what is wrong with it")
    parser.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write(
            "SKIPPED: atheris is not installed here, so the gate was NOT fuzzed; see tests/fuzz/atheris_gate.py.\n"
        )
        return 0
    if options.child is not None:
        return fuzz(options)
    if options.again is not None:
        return again(options)
    return supervise(options)


def supervise(options: argparse.Namespace) -> int:
    """Run the child, show what libFuzzer says, count what it found, print one JSON object."""
    with tempfile.TemporaryDirectory() as scratch:
        artefacts = options.artefacts or Path(tempfile.mkdtemp(prefix="llmdas-fuzz-"))
        corpus = options.corpus or Path(scratch, "corpus")
        for folder in (artefacts, corpus):
            folder.mkdir(parents=True, exist_ok=True)
        seed_corpus(corpus)
        words = Path(scratch, "words.dict")
        words.write_text(dictionary(), encoding="ascii")
        arguments = [
            str(corpus), f"-artifact_prefix={artefacts}/", f"-dict={words}", f"-max_total_time={options.seconds}",
            f"-rss_limit_mb={MEMORY_MB}", f"-timeout={TIMEOUT_S}", f"-max_len={MAX_LEN}", f"-seed={options.seed}",
            "-print_final_stats=1", "-len_control=0", "-close_fd_mask=1",
        ]  # fmt: skip
        before = set(artefacts.iterdir())
        own = ["--artefacts", str(artefacts), "--profile", options.profile, "--contract", options.contract]
        figures = watch([sys.executable, __file__, *own, "--child", *arguments])
        found = sorted(path.name for path in set(artefacts.iterdir()) - before if path.suffix != ".txt")
        print(json.dumps({**figures, "findings": found, "artefacts": str(artefacts)}, sort_keys=True))
    return 1 if found or figures["status"] else 0


def watch(command: list[str]) -> dict[str, Any]:
    """Run the child, pass on what it says, and read libFuzzer's figures from it."""
    figures: dict[str, Any] = {"executions": 0, "coverage": 0, "features": 0, "corpus": 0, "peak_rss_mb": 0}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace", cwd=ROOT) as child:
        assert child.stderr is not None
        for line in child.stderr:
            sys.stderr.write(line)
            pulse, final = _PULSE.match(line), _FINAL.match(line)
            if pulse:
                names = ("executions", "coverage", "features", "corpus")
                figures.update(zip(names, map(int, pulse.groups()), strict=True))
            elif final and final[1] in ("number_of_executed_units", "peak_rss_mb"):
                figures["executions" if final[1].startswith("number") else final[1]] = int(final[2])
    return {**figures, "status": child.returncode}


def seed_corpus(folder: Path) -> None:
    """Copy every sample program into the corpus under its digest."""
    for path in sorted((ROOT / "tests" / "programs").rglob("*.py")):
        source = path.read_bytes()
        (folder / hashlib.sha1(source, usedforsecurity=False).hexdigest()).write_bytes(source)


def dictionary() -> str:
    """Return words and fragments in libFuzzer's dictionary format."""
    mutations = _import("mutations")
    texts = {text.encode("utf-8", "surrogatepass") for text in (*mutations.WORDS, *mutations.FRAGMENTS) if text}
    short = sorted(text for text in texts if len(text) <= 64)  # libFuzzer takes no longer ones
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in text) + '"\n' for text in short)


def _import(name: str) -> Any:
    """Import one of our neighbours although this file runs as a script."""
    for folder in (ROOT, ROOT / "sandbox"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    return importlib.import_module(f"tests.fuzz.{name}")


def _parts(options: argparse.Namespace) -> tuple[Any, Any]:
    """Import the properties with the gate instrumented; return them and the terms."""
    import atheris

    for folder in (ROOT, ROOT / "sandbox"):
        sys.path.insert(0, str(folder))
    with atheris.instrument_imports(include=["llmdas.gate"]):
        properties = _import("properties")
        from llmdas.gate.rules import load_rules
        from llmdas.gate.terms import terms_of
    from llmdas.contract import load_contract
    from llmdas.policy import load_policy

    return properties, terms_of(load_policy(options.profile), load_contract(options.contract), load_rules())


def fuzz(options: argparse.Namespace) -> int:
    """Run libFuzzer in this process; it ends the process itself."""
    import atheris

    properties, terms = _parts(options)
    mutations, grammar = _import("mutations"), _import("grammar")
    samples = [path.read_bytes() for path in sorted((ROOT / "tests" / "programs").rglob("*.py"))]
    seen: set[str] = set()

    def check(data: bytes) -> None:
        # A second look and the shift by lines cost four more judgements, so only some sources get them.
        thorough = hashlib.blake2b(data, digest_size=1).digest()[0] < 16
        try:
            (properties.steady if thorough else properties.sound)(data, terms)
        except (Exception, properties.Hang) as error:  # whatever it is, it is written down and fuzzing goes on
            note(data, error, options.artefacts, seen)

    def mutate(data: bytes, max_size: int, number: int) -> bytes:
        chance = random.Random(number)
        kind = chance.random()
        if kind < 0.4:
            return bytes(atheris.Mutate(data, max_size))
        if kind < 0.5:
            return grammar.program(chance.choice)[:max_size]
        if kind < 0.7:
            written = grammar.write(chance.choice, chance.choice(("statement", "calmly")), 3)
            return mutations.insert_line(data, written, chance)[:max_size]
        return mutations.mutate(data, chance, samples)[:max_size]

    atheris.Setup([sys.argv[0], *options.child], check, custom_mutator=mutate, internal_libfuzzer=True)
    atheris.Fuzz()
    return 0


def note(data: bytes, error: BaseException, artefacts: Path, seen: set[str]) -> None:
    """Write down the first source of each kind of failure, with its traceback."""
    kind = re.sub(r"(?<!DAS)(?<!\d)\d+", "N", f"{type(error).__name__}: {error}")[:120]
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind += f" {Path(last.filename).name}:{last.lineno}"
    if kind in seen or len(seen) >= 50:
        return
    seen.add(kind)
    name = f"finding-{hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]}"
    (artefacts / f"{name}.py").write_bytes(data)
    told = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
    (artefacts / f"{name}.txt").write_bytes(told)
    os.write(2, f"FOUND {name}: {kind!a}\n".encode())


def again(options: argparse.Namespace) -> int:
    """Check one source with everything there is; return 1 when something does not hold."""
    properties, terms = _parts(options)
    try:
        findings = properties.steady(options.again.read_bytes(), terms)
    except (Exception, properties.Hang):
        traceback.print_exc()
        return 1
    print(json.dumps([f"{finding.rule} {finding.line}:{finding.column}" for finding in findings]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
