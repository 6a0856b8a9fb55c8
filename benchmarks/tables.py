"""Plain beside enhanced on every table of a folder (labels: y): ``benchmarks/tables.py FOLDER [DETECTOR ...]``.

Seconds are given as the ratio of the whole data stage to fitting and scoring the plain detector alone, in the same run.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from llmdas.backends import open_llm, sampling_of
from llmdas.config import Settings
from llmdas.contract import load_contract
from llmdas.data.readers import READERS, read_table
from llmdas.data.split import split_table
from llmdas.detectors.catalogue import lookup
from llmdas.errors import LLMDASError
from llmdas.execution import Accepted, Rig
from llmdas.gate import bundle_digest
from llmdas.pipeline import enhance
from llmdas.policy import load_policy
from llmdas.scaling import Scaler
from llmdas.writing import Desk, write_programs
from llmdas_sandbox import open_sandbox


class Nowhere:
    """Keeps nothing: a benchmark leaves only what it prints."""

    def write(self, name: str, data: bytes | str) -> None: ...

    def write_json(self, name: str, value: object) -> None: ...


def main(folder: Path, detectors: list[str]) -> int:
    print(f"{'detector':<9}{'table':<20}{'train':>7}{'test':>7}  AUC-PR plain  enhanced    gain  seconds/plain")
    policy = load_policy()
    with open_sandbox("auto") as sandbox:
        for name in detectors:
            rig = Rig(lookup(name), load_contract(), policy, bundle_digest(policy), sandbox)
            settings = Settings(detector=name, llm="replay")
            with open_llm(settings, print) as llm:
                desk = Desk(llm, rig, sampling_of(settings), settings.attempts, lambda _: None, Nowhere())
                written = write_programs(desk, settings.programs)
            programs = [program.accepted for program in written.programs if program.accepted]
            for path in sorted(p for p in folder.iterdir() if p.suffix in READERS):
                one(settings, rig, programs, path)
    return 0


def one(settings: Settings, rig: Rig, programs: list[Accepted], path: Path) -> None:
    try:
        table = read_table(path, "y")
        split = split_table(table, settings.seed)
        began = time.perf_counter()
        scaler, detector = Scaler.of(split.train), rig.entry.make(settings.seed)
        detector.fit(scaler.transform(split.train))
        if split.test is not None:
            detector.predict_score(scaler.transform(split.test))
        plain_s = time.perf_counter() - began
        began = time.perf_counter()
        made, outcome = enhance(settings, rig, split, programs, lambda _: None)
        ratio = (time.perf_counter() - began) / plain_s
    except LLMDASError as error:
        print(f"{rig.entry.name:<9}{path.stem:<20} {error}")
        return
    if outcome.measured is None:
        print(f"{rig.entry.name:<9}{path.stem:<20} no labels")
        return
    m = outcome.measured
    aside = sum(part.set_aside is not None for part in made.by_program.values())
    note = f"  {aside} set aside" if aside else ""
    print(
        f"{rig.entry.name:<9}{path.stem:<20}{len(split.train):>7}{m.plain.rows:>7}"
        f"{m.plain.auc_pr.value:>14.3f}{m.enhanced.auc_pr.value:>10.3f}{m.gain.auc_pr.value:>+8.3f}{ratio:>15.1f}{note}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:] or ["iforest", "pca", "ocsvm", "ecod"]))
