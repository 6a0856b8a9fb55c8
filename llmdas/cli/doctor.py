"""``llmdas doctor``: measure every control of the sandbox on this machine, from inside, and say what was seen."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from llmdas.errors import EXIT_COULD_NOT_COMPLETE, EXIT_OK
from llmdas_sandbox.open import BACKENDS, LEVELS

_EPILOG = """\
Exit codes: 0 when a sandbox is available and every required control of every available one held, else 3. The JSON is
one object, format llmdas-doctor/1, described in llmdas_sandbox/doctor.py; docs/threat-model.md explains each control.
"""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command and its options."""
    sub = commands.add_parser(
        "doctor",
        help="measure the sandbox's controls on this machine",
        description="Measure every control of each backend and level on this machine, from inside.",
        epilog=_EPILOG,
    )
    sub.add_argument("--backend", choices=BACKENDS, default="", help="this backend only")
    sub.add_argument("--level", choices=LEVELS, default="", help="this level only")
    sub.add_argument("--quick", action="store_true", help="only what is measured when a sandbox is first opened")
    sub.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    sub.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from llmdas_sandbox import doctor, doctor_text

    examined: list[doctor.Examined] = []
    chosen = doctor.places(options.backend, options.level)
    for place in chosen:
        if sys.stderr.isatty():
            sys.stderr.write(f"measuring {place[0]}, level {place[1]} ...\n")
        examined += doctor.examine([place], quick=options.quick)
    if options.json:
        json.dump(doctor.as_json(examined, quick=options.quick), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(doctor_text.as_text(examined, quick=options.quick, colour=sys.stdout.isatty()))
    return EXIT_OK if doctor.verdict(examined) else EXIT_COULD_NOT_COMPLETE
