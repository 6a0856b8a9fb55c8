"""Fills the report's records from a run."""

from __future__ import annotations

import numpy as np

from llmdas.enhance.evaluate import Estimate
from llmdas.enhance.generate import Generated
from llmdas.enhance.outcome import Outcome
from llmdas.enhance.stage import Enhancement
from llmdas.record import RunRecord
from llmdas.repair import Attempt
from llmdas.report.content import AttemptCard, Comparison, Interval, ProgramCard, ReportContent
from llmdas.writing import Written, WrittenProgram


def compose(record: RunRecord) -> ReportContent:
    """Put together what the report of one run shows."""
    rig, table, split, made, outcome = record.rig, record.table, record.split, record.made, record.outcome
    width = len(table.columns)
    anomalies = np.empty((0, width))
    if split.test is not None and split.y_test is not None:
        anomalies = made.enhanced.scaler.transform(split.test[split.y_test == 1])
    return ReportContent(
        title=f"{rig.entry.title} on {table.name}",
        facts=_facts(record),
        summary=_summary(record.written, made, outcome),
        description=record.written.description,
        comparisons=_comparisons(outcome),
        plain=outcome.plain,
        enhanced=outcome.enhanced,
        y=outcome.y,
        normals=made.normals,
        synthetic=made.synthetic,
        anomalies=anomalies,
        programs=tuple(_card(program, made.by_program) for program in record.written.programs),
        digests={"data": table.digest, "guest": rig.sandbox.guest},
    )


def _summary(written: Written, made: Enhancement, outcome: Outcome) -> tuple[str, ...]:
    accepted = sum(program.accepted is not None for program in written.programs)
    return (
        outcome.verdict,
        f"{accepted} of {len(written.programs)} programs were accepted by gate and trial; on the training rows they "
        f"made {len(made.synthetic)} synthetic anomalies.",
    )


def _facts(record: RunRecord) -> tuple[tuple[str, str], ...]:
    rig, table, split, made = record.rig, record.table, record.split, record.made
    answer = record.written.programs[0].dialogue.attempts[0].answer
    recorded = f", recorded {answer.recorded}" if answer.recorded else ", live"
    test = f"{len(split.test)} rows test" if split.test is not None else "no test rows"
    return (
        ("Detector", f"{rig.entry.title} ({rig.entry.library}; {rig.entry.parameters})"),
        ("Table", f"{table.name}: {len(table.X)} rows, {len(table.columns)} columns"),
        ("Split", f"{len(split.train)} normal rows train, {test}"),
        ("Language model", f"{answer.model} ({record.settings.backend}{recorded})"),
        ("Sandbox", f"{rig.sandbox.backend}, {rig.sandbox.level}"),
        ("Synthetic rows", f"{made.n_samples} asked of each program, {len(made.synthetic)} used"),
        ("Fusion", f"{made.enhanced.fusion}, weight {made.enhanced.weight:g}"),
        ("Seed", str(record.settings.seed)),
    )


def _comparisons(outcome: Outcome) -> tuple[Comparison, ...]:
    if outcome.measured is None:
        return ()
    m = outcome.measured
    return tuple(
        Comparison(name, *(_interval(getattr(part, field)) for part in (m.plain, m.enhanced, m.gain)))
        for name, field in (("AUC-PR", "auc_pr"), ("AUC-ROC", "auc_roc"))
    )


def _interval(estimate: Estimate) -> Interval:
    return Interval(estimate.value, estimate.low, estimate.high)


def _card(program: WrittenProgram, by_program: dict[str, Generated]) -> ProgramCard:
    accepted = program.accepted
    digest = accepted.program.sha256 if accepted else None
    trial = program.dialogue.attempts[-1].trial if accepted else None
    return ProgramCard(
        name=program.name,
        aim=program.aim.name,
        sha256=digest,
        outcome=_outcome(by_program.get(digest) if digest else None),
        attempts=tuple(_attempt(attempt) for attempt in program.dialogue.attempts),
        trial=tuple((entry.table, entry.hard, entry.spacing) for entry in trial.tables) if trial else (),
    )


def _outcome(made: Generated | None) -> str:
    if made is None:
        return "not accepted: all attempts were used up"
    if made.set_aside:
        return f"accepted, but set aside on the real rows: {made.set_aside}"
    dropped = f", {made.copies} more were dropped as copies of training rows" if made.copies else ""
    return f"accepted; made {len(made.rows)} rows{dropped}"


def _attempt(attempt: Attempt) -> AttemptCard:
    source = attempt.program.source.decode(errors="replace") if attempt.program else None
    return AttemptCard(attempt.number, attempt.stage, attempt.accepted is not None, attempt.problems, source)
