"""Makes the gate worse in every way that is known and counts how many of these mutants a sample notices.

    python -m tests.mutation.run                      all mutants
    python -m tests.mutation.run --group "limit"      those of one group, may be given several times
    python -m tests.mutation.run --killers            also which sample killed each

A mutant is killed when at least one sample is judged otherwise than it names. Ends with 0 when every mutant is killed,
with 1 and a list when one survives or a sample fails with nothing changed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from llmdas.contract import load_contract
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.policy import load_policy

from . import code_mutants, pattern_mutants, terms_mutants
from .corpus import everything
from .runner import Mutant, Outcome, baseline, run

GROUPS: Mapping[str, Callable[[Terms], Iterator[Mutant]]] = {
    "pattern rule": pattern_mutants.rules_taken_out,
    "pattern branch": pattern_mutants.branches_taken_out,
    "rule silenced": code_mutants.rules_silenced,
    "report left out": code_mutants.calls_taken_out,
    "constant": code_mutants.constants_changed,
    "permit taken out": terms_mutants.permits_taken_out,
    "wrong permit": terms_mutants.permits_put_in,
    "refused keyword": terms_mutants.keywords_taken_out,
    "limit": terms_mutants.limits_changed,
    "contract": terms_mutants.contract_changed,
}


def shipped() -> Terms:
    """Policy, contract and rules as they ship."""
    return terms_of(load_policy(), load_contract(), load_rules())


def figure(outcomes: list[Outcome]) -> list[str]:
    """Return the figure: one line for each group, one for all, and one for each mutant that survived."""
    made = Counter(outcome.mutant.group for outcome in outcomes)
    killed = Counter(outcome.mutant.group for outcome in outcomes if outcome.killer)
    lines = [f"{group:<18}{made[group]:>5} mutants, {killed[group]:>5} killed" for group in GROUPS if group in made]
    lines.append(f"{'all':<18}{len(outcomes):>5} mutants, {killed.total():>5} killed")
    survivors = sorted(f"{one.mutant.group}: {one.mutant.name}" for one in outcomes if not one.killer)
    return [*lines, *(f"SURVIVED  {survivor}" for survivor in survivors)]


def main(argv: list[str] | None = None) -> int:
    """Run the mutants that are asked for and print the figure."""
    parser = argparse.ArgumentParser(prog="tests.mutation.run", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--group", action="append", choices=list(GROUPS), help="one group of mutants; default: all")
    parser.add_argument("--killers", action="store_true", help="print which sample killed each mutant")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="mutants judged at a time")
    given = parser.parse_args(argv)
    start, terms = time.monotonic(), shipped()
    wrong = baseline(everything(), terms)
    if wrong:
        print("Samples fail although nothing is changed:", *wrong, sep="\n  ")
        return 1
    mutants = chain.from_iterable(GROUPS[group](terms) for group in given.group or GROUPS)
    outcomes = []
    for outcome in run(mutants, terms, workers=given.workers):
        outcomes.append(outcome)
        if given.killers and outcome.killer:
            print(f"{outcome.mutant.group}: {outcome.mutant.name}  <-  {outcome.killer} {outcome.fault}")
    lines = figure(outcomes)
    print(*lines, f"{len(everything())} samples, {time.monotonic() - start:.0f} s", sep="\n")
    return 1 if any(not outcome.killer for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
