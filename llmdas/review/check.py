"""The review: find, read, judge, and mark what is known or answered for. Reads each file once; never runs anything."""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from llmdas.contract import load_contract
from llmdas.gate.bundle import bundle_digest
from llmdas.gate.pool import judge_all
from llmdas.policy import policy_named
from llmdas.program import Finding, Program, Verdict
from llmdas.review.discover import Found, Source, discover
from llmdas.review.fingerprint import fingerprints
from llmdas.review.outcome import Placed, Review
from llmdas.review.read import read_source
from llmdas.review.standing import dropped, unjudged

if TYPE_CHECKING:
    from llmdas.checker_process import CheckerProcess
    from llmdas.contract import Contract
    from llmdas.policy import Policy


def _silent(note: str) -> None:
    pass


def review(
    paths: Sequence[str],
    *,
    profile: str = "numpy",
    contract: str = "das/1",
    baseline: Path | None = None,
    waivers: Path | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    stdin: BinaryIO | None = None,
    stdin_name: str | None = None,
    workers: int | None = None,
    today: datetime.date | None = None,
    process: CheckerProcess | None = None,
    say: Callable[[str], None] = _silent,
) -> Review:
    """Judge files and folders under one policy and one contract.

    Args:
        paths: files, folders, ``-`` for standard input; see `discover.discover`.
        profile: name of a policy profile that ships, or path of a policy file; see `llmdas.policy.policy_named`.
        contract: id of the contract.
        baseline: file of known findings; see `baseline.read_baseline`.
        waivers: file of findings that somebody answers for; see `waivers.read_waivers`.
        select: of the rules that may be ignored, ignore all but these; none given: ignore none.
        ignore: rules to ignore.
        stdin: what ``-`` reads; the process's standard input when None.
        stdin_name: the path under which ``-`` is reported.
        workers: judging processes; None lets the gate choose.
        today: the day that waivers are held against; None is the local date.
        process: a checker that the caller has started and will end; None starts one when it is needed.
        say: takes one sentence for each thing that was passed over.

    Returns:
        The findings; a file that cannot be read, or that the gate could not judge (DAS9xx), is in `Review.unread`.

    Raises:
        ConfigError: a path is missing, an option, the baseline or the waiver file is not usable.
        ResourceError: there is no such profile or contract, or a file that ships does not load.
        GateError: the gate cannot judge anything on this machine.
    """
    policy, terms = policy_named(profile), load_contract(contract)
    drop = dropped(policy, select, ignore) if select or ignore else frozenset[str]()
    set_aside = _SetAside(baseline, waivers, today)
    found = discover(paths, stdin_name=stdin_name)
    for note in found.notes:
        say(note)
    judged = _judge(found, policy, terms, stdin=stdin, workers=workers, process=process)
    placed = set_aside.mark(judged, found.whole and not judged.unread)
    return Review(
        files=tuple(judged.files),
        placed=tuple(sorted((one for one in placed if one.finding.rule not in drop), key=_order)),
        unread=tuple(sorted(judged.unread)),
        profile=policy.profile,
        contract=terms.id,
        bundle=bundle_digest(policy),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    files: dict[str, str]  # path -> digest, by path
    placed: list[Placed]
    unread: list[tuple[str, str]]


class _SetAside:
    """Baseline and waivers, read before anything is judged, so that a mistake in them shows at once."""

    def __init__(self, baseline: Path | None, waivers: Path | None, today: datetime.date | None) -> None:
        # Imported where they are used: most reviews have neither.
        self.today = today or datetime.date.today()
        self.baseline = self.waivers = None
        if baseline is not None:
            from llmdas.review.baseline import read_baseline

            self.baseline = read_baseline(baseline)
        if waivers is not None:
            from llmdas.review.waivers import read_waivers

            self.waivers = read_waivers(waivers)

    def mark(self, judged: _Judged, whole: bool) -> tuple[Placed, ...]:
        placed = tuple(judged.placed)
        if self.waivers is not None:
            programs = frozenset(judged.files.values())
            placed = self.waivers.apply(placed, programs, today=self.today, whole=whole)
        return placed if self.baseline is None else self.baseline.mark(placed)


def _order(one: Placed) -> tuple[str, Finding]:
    return one.path, one.finding


def _judge(
    found: Found,
    policy: Policy,
    contract: Contract,
    *,
    stdin: BinaryIO | None,
    workers: int | None,
    process: CheckerProcess | None,
) -> _Judged:
    judged = _Judged({}, [], list(found.unread))
    waiting: deque[tuple[Source, Program, bool]] = deque()

    def programs() -> Iterator[Program]:
        bound = policy.source.max_bytes
        for source in found.sources:
            try:
                program, whole = read_source(source, bound, stdin)
            except OSError as error:
                judged.unread.append((source.shown, f"cannot be read: {error.strerror or error}"))
                continue
            waiting.append((source, program, whole))
            yield program

    warm = len(found.sources) > 1  # for one file alone, a trial run of the checks would only cost time
    with closing(judge_all(programs(), policy, contract, workers=workers, warm=warm, process=process)) as verdicts:
        for verdict in verdicts:
            source, program, whole = waiting.popleft()
            if verdict.program != program.sha256:
                raise RuntimeError(f"the gate judged other bytes than those of {source.shown}")
            _place(source.shown, (program, whole), verdict, policy, judged)
    if waiting:
        raise RuntimeError(f"the gate returned no verdict on {waiting[0][0].shown}")
    return judged


def _place(shown: str, read: tuple[Program, bool], verdict: Verdict, policy: Policy, judged: _Judged) -> None:
    program, whole = read
    findings = verdict.findings if whole else tuple(_cut(finding, policy) for finding in verdict.findings)
    digest = verdict.program if whole else ""  # of a file that was not read whole, no digest is known
    judged.files[shown] = digest
    marks = fingerprints(shown, findings, program.source)
    judged.placed.extend(Placed(shown, digest, *pair) for pair in zip(findings, marks, strict=True))
    judged.unread.extend((shown, finding.message) for finding in findings if unjudged(finding.rule))


def _cut(finding: Finding, policy: Policy) -> Finding:
    if finding.rule != "DAS001":
        return finding
    return replace(finding, message=f"the source has more than {policy.source.max_bytes} bytes")
