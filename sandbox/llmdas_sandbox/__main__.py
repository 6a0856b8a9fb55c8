"""``python -m llmdas_sandbox selfcheck|root|image|filters``: measure controls, build root and image, show filters."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.open import BACKENDS, LEVELS
from llmdas_sandbox.rootfs_image import Layer, layer
from llmdas_sandbox.system_calls import markdown

EXIT_CONTROL_FAILED = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 3 when a control failed or there is no sandbox."""
    parser = argparse.ArgumentParser(prog="python -m llmdas_sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("selfcheck", help="measure every control of each backend and level from inside")
    check.add_argument("--backend", choices=BACKENDS, default="", help="this backend only")
    check.add_argument("--level", choices=LEVELS, default="", help="this level only")
    check.add_argument("--quick", action="store_true", help="only what is measured at a first opening")
    check.add_argument("--json", action="store_true", help="for programs")
    for name, what in (
        ("root", "build the guest's root file system"),
        ("image", "import the guest's root into the Docker engine"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--from", dest="file", type=Path, help="a pinned layer, as images/guest/build.py makes it")
        command.add_argument("--pin", default="", help="sha256:..., the digest of a layer of your own")
    commands.add_parser("filters", help="print what each system-call filter does, as Markdown")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "selfcheck":
            return _selfcheck(chosen.backend, chosen.level, chosen.quick, chosen.json)
        if chosen.command == "filters":
            _say(markdown().rstrip())
            return 0
        base = layer(chosen.file, chosen.pin) if chosen.file else None
        return _root(base) if chosen.command == "root" else _image(base)
    except SandboxFailure as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONTROL_FAILED


def _selfcheck(backend: str, level: str, quick: bool, as_json: bool) -> int:
    from llmdas_sandbox import doctor, doctor_text

    examined = list(doctor.examine(doctor.places(backend, level), quick=quick))
    if as_json:
        _say(json.dumps(doctor.as_json(examined, quick=quick), indent=2))
    else:
        _say(doctor_text.as_text(examined, quick=quick, colour=sys.stdout.isatty()).rstrip("\n"))
    return 0 if doctor.verdict(examined) else EXIT_CONTROL_FAILED


def _root(base: Layer | None) -> int:
    from llmdas_sandbox.rootfs import ensure_root

    root = ensure_root(base=base)
    size = sum(entry.size for entry in root.entries)
    below = f" on {root.base}" if root.base else ""
    _say(f"{root.digest} {root.path} ({len(root.entries)} entries, {size / 1e6:.0f} MB{below})")
    return 0


def _image(base: Layer | None) -> int:
    from llmdas_sandbox.docker import DockerSandbox
    from llmdas_sandbox.rootfs import ensure_root

    sandbox = DockerSandbox(root=ensure_root(base=base))
    _say(f"{sandbox.guest} {sandbox.image}")
    sandbox.close()
    return 0


def _say(line: str) -> None:
    """Write one line; a reader that has gone, such as head(1), changes neither what is measured nor the exit code."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # for what is still in the buffer and for later lines
        os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
