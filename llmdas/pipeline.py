"""The main path. `synthesize` is the writing world, `enhance` the data world, `run` joins them and keeps the records.

What crosses from the first to the second is a list of judged programs; nothing crosses back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llmdas.backends import check_llm, open_llm, sampling_of
from llmdas.config import Settings
from llmdas.contract import load_contract
from llmdas.data.readers import default_table, read_table
from llmdas.data.split import Split, split_table
from llmdas.detectors.catalogue import lookup
from llmdas.enhance.outcome import Outcome, measure
from llmdas.enhance.stage import Enhancement, enhance_on
from llmdas.errors import NothingAccepted
from llmdas.execution import Accepted, Rig
from llmdas.gate import bundle_digest
from llmdas.governance.manifest import run_manifest
from llmdas.governance.run_folder import RunFolder
from llmdas.policy import load_policy
from llmdas.record import RunRecord
from llmdas.report.compose import compose
from llmdas.report.html import render
from llmdas.writing import Desk, Keep, Written, write_programs
from llmdas_sandbox import open_sandbox

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A finished run: its record, its folder and its manifest."""

    record: RunRecord
    folder: RunFolder
    manifest: dict[str, Any]


def run(settings: Settings, say: Say) -> Run:
    """Write programs for a detector, then make it better with them on one table; keep every step.

    Args:
        settings: everything the run depends on besides the data.
        say: told one line of progress at a time.

    Raises:
        LLMDASError: bad input, an unusable endpoint, or nothing accepted; see the class for the exit code.
        SandboxFailure: no usable sandbox, or the sandbox failed.
    """
    entry, contract, policy = lookup(settings.detector), load_contract(), load_policy()
    check_llm(settings)  # a host that is not allowed or a missing model name is told before anything is read
    say(f"data: reading {settings.data or 'the breast cancer table of scikit-learn'}")
    table = read_table(settings.data, settings.label) if settings.data else default_table()
    split = split_table(table, settings.seed)
    say(f"data: {table.name}, {len(table.X)} rows, {len(table.columns)} columns; {len(split.train)} normal rows train")
    for note in table.notes:
        say(f"data: {note}")
    say("sandbox: opening and checking it (the first time its files are built)")
    with open_sandbox(
        settings.sandbox, level=settings.level or "", preset=settings.preset, guards="required"
    ) as sandbox:
        for reason in sandbox.passed_over:
            say(f"sandbox: not used: {reason}")
        say(f"sandbox: {sandbox.backend}, {sandbox.level}, guest {sandbox.guest[:12]}")
        rig = Rig(entry, contract, policy, bundle_digest(policy), sandbox)
        without_data = settings.model_copy(update={"data": None, "label": None})
        with RunFolder.create(settings.runs, entry.name) as folder:
            written, exchanges = synthesize(without_data, rig, say, folder)
        accepted = accepted_programs(written, folder)
        made, outcome = enhance(settings, rig, split, accepted, say)
    record = RunRecord(settings, rig, table, split, written, made, outcome, tuple(exchanges))
    return Run(record, folder, keep_results(record, folder))


def synthesize(settings: Settings, rig: Rig, say: Say, keep: Keep) -> tuple[Written, list[dict[str, Any]]]:
    """Writing world: description, programs, repairs. Gets no row and no path to one.

    Returns what was written, and for a live endpoint one record per HTTP exchange (host, bytes, digest, status).
    """
    exchanges: list[dict[str, Any]] = []
    with open_llm(settings, exchanges.append) as llm:
        desk = Desk(llm, rig, sampling_of(settings), settings.attempts, say, keep)
        return write_programs(desk, settings.programs), exchanges


def accepted_programs(written: Written, folder: RunFolder) -> list[Accepted]:
    """Return the programs that gate and trial accepted.

    Raises:
        NothingAccepted: there is none; names the last problems and where the attempts are kept.
    """
    accepted = [program.accepted for program in written.programs if program.accepted]
    if not accepted:
        problems = " | ".join(written.programs[-1].dialogue.attempts[-1].problems)
        raise NothingAccepted(
            f"No program was accepted: all attempts were used up; the last one ended with: {problems}",
            f"Every attempt is kept in {folder.path}.",
        )
    return accepted


def enhance(
    settings: Settings, rig: Rig, split: Split, programs: Sequence[Accepted], say: Say
) -> tuple[Enhancement, Outcome]:
    """Data world: fit, run the accepted programs, check, train, fuse, measure. Talks to no LLM.

    Raises:
        NothingAccepted: every accepted program failed on these rows.
    """
    made = enhance_on(split.train, rig, programs, ratio=settings.ratio, seed=settings.seed, say=say)
    return made, measure(made, split, seed=settings.seed, say=say)


def keep_results(record: RunRecord, folder: RunFolder) -> dict[str, Any]:
    """Write metrics, scores and report, and last the manifest, which marks the run as whole; return the manifest."""
    folder.write_json("metrics.json", record.outcome.as_json())
    folder.write("scores.csv", record.outcome.scores_csv())
    folder.write("report.html", render(compose(record)))
    manifest = run_manifest(record)
    folder.finish(manifest)
    return manifest
