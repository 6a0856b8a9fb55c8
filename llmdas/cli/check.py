"""``llmdas check``: the gate over files and folders. Findings go to stdout, what a person should know to stderr."""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmdas.checker_process import CheckerProcess
from llmdas.errors import EXIT_COULD_NOT_COMPLETE, EXIT_OK

if TYPE_CHECKING:
    from llmdas.review.outcome import Review
    from llmdas.review.settings import CheckSettings

EXIT_FINDINGS = 1
CHOICES = ("text", "json", "sarif", "gitlab", "github")

_EPILOG = """\
A repository sets profile, contract, baseline and waivers in the table [tool.llmdas.check] of its pyproject.toml;
options win. Exit codes: 0 nothing found that counts, 1 findings, 2 bad usage or settings, 3 something could not be
judged, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its options."""
    sub = commands.add_parser(
        "check",
        help="judge generated programs in files and folders, without running anything",
        description="Judge generated programs in files and folders, without running anything.",
        epilog=_EPILOG,
    )
    sub.add_argument(
        "paths", nargs="+", metavar="PATH", help="file, folder (searched for *.py), or - for standard input"
    )
    sub.add_argument("--format", choices=CHOICES, default="text", help="form of the result (default text)")
    sub.add_argument("--output-file", type=Path, metavar="FILE", help="write the result there; stdout gets a summary")
    known = sub.add_mutually_exclusive_group()
    known.add_argument("--baseline", type=Path, metavar="FILE", help="findings listed there are known and do not count")
    known.add_argument("--write-baseline", type=Path, metavar="FILE", help="make what is found now the known findings")
    sub.add_argument("--waivers", type=Path, metavar="FILE", help="findings that somebody answers for, until a date")
    sub.add_argument("--profile", metavar="NAME", help="what programs may use: a profile or a policy file")
    sub.add_argument("--contract", metavar="ID", help="interface that programs must have (default das/1)")
    sub.add_argument("--select", type=_rules, action="extend", default=[], metavar="RULES", help=_SELECT)
    sub.add_argument("--ignore", type=_rules, action="extend", default=[], metavar="RULES", help=_IGNORE)
    sub.add_argument("--stdin-filename", metavar="NAME", help="path under which standard input is reported")
    sub.add_argument("--jobs", type=_jobs, metavar="N", help="judging processes (default: one for each CPU)")
    sub.add_argument("--exit-zero", action="store_true", help="exit 0 instead of 1 when there are findings")
    sub.add_argument("--quiet", action="store_true", help="findings and errors only")
    sub.add_argument("--color", choices=("auto", "always", "never"), default="auto", help=_COLOR)
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    sub.set_defaults(run=_run)


_SELECT = "of the rules that may be ignored, report these only; the others always hold (repeatable, or with commas)"
_IGNORE = "do not report these rules; only those that the policy lets one ignore (repeatable, or with commas)"
_COLOR = "colour the text (default auto: on a terminal, unless NO_COLOR is set)"


def _rules(text: str) -> list[str]:
    return [rule.strip() for rule in text.split(",") if rule.strip()]


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    target, known = _targets(options)
    with CheckerProcess() as process:  # it loads while this process does
        review = _reviewed(options, process)
    if known is not None:
        from llmdas.review.baseline import write_baseline

        review = write_baseline(known, review)
    if target is None:
        _print(_rendered(review, options, _colored(options.color)), options.format)
    else:
        from llmdas.review.result_file import write_result

        write_result(target, _rendered(review, options, False), review.files)
        if not options.quiet:
            from llmdas.review.formats.text import summary

            _print(f"{summary(review)}; written to {str(options.output_file)!r}\n", "text")
    return _code(review, options)


def _targets(options: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """Return the files to write the result and the baseline into, neither of them one that steers the review."""
    if options.output_file is None and options.write_baseline is None:
        return None, None
    from llmdas.review.result_file import result_file
    from llmdas.review.settings import settings_near

    settings = settings_near(Path.cwd())
    target, known, held = None, None, _held(options, settings)
    if options.write_baseline is not None:
        from llmdas.review.baseline import baseline_file

        known = baseline_file(options.write_baseline, held)
    if options.output_file is not None:
        baselines = (options.baseline, options.write_baseline, settings.baseline)
        target = result_file(options.output_file, held | {path: "the baseline" for path in baselines if path})
    return target, known


def _held(options: argparse.Namespace, settings: CheckSettings) -> dict[Path, str]:
    """Return the files that steer the review, each with what it holds; the baseline is not among them."""
    from llmdas.policy import is_policy_file

    policies = [Path(name) for name in (options.profile, settings.profile) if name and is_policy_file(name)]
    held = dict.fromkeys(policies, "the policy")
    held |= {path: "the waivers" for path in (options.waivers, settings.waivers) if path}
    return held | ({settings.file: "the settings"} if settings.file else {})


def _rendered(review: Review, options: argparse.Namespace, color: bool) -> str:
    from llmdas.review.formats import FORMATS
    from llmdas.review.formats.text import summary, text

    if options.format != "text":
        return FORMATS[options.format](review)
    shown = text(review, color=color)
    return shown.removesuffix(f"{summary(review)}\n").removesuffix("\n") if options.quiet else shown


def _colored(choice: str) -> bool:
    """Tell whether to colour what goes to stdout (no-color.org)."""
    able = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return choice == "always" or (choice == "auto" and able)


def _reviewed(options: argparse.Namespace, process: CheckerProcess) -> Review:
    from llmdas.review.check import review
    from llmdas.review.settings import settings_near

    settings = settings_near(Path.cwd())
    return review(
        options.paths,
        profile=options.profile or settings.profile or "numpy",
        contract=options.contract or settings.contract or "das/1",
        # What is found now replaces what was known, so the old file need not even exist.
        baseline=None if options.write_baseline else options.baseline or settings.baseline,
        waivers=options.waivers or settings.waivers,
        select=options.select,
        ignore=options.ignore,
        stdin_name=options.stdin_filename,
        workers=options.jobs,
        process=process,
        say=_silent if options.quiet else _say,
    )


def _code(review: Review, options: argparse.Namespace) -> int:
    if review.unread:
        first, why = review.unread[0]
        more = f" and {len(review.unread) - 1} more" if len(review.unread) > 1 else ""
        _say(f"{first!r}{more} could not be judged: {why}.")
        if options.write_baseline:
            _say("No baseline was written, because it would be incomplete.")
        return EXIT_COULD_NOT_COMPLETE
    return EXIT_OK if review.clean or options.exit_zero else EXIT_FINDINGS


def _print(text: str, form: str) -> None:
    """Write to stdout: UTF-8 for machines; for people whatever the terminal takes, the rest escaped."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=None if form == "text" else "utf-8", errors="backslashreplace")
    sys.stdout.write(text)


def _say(sentence: str) -> None:
    from llmdas.review.formats.common import inert

    print(f"llmdas: {inert(sentence)}", file=sys.stderr)


def _silent(sentence: str) -> None:
    pass
