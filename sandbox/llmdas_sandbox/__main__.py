"""``python -m llmdas_sandbox selfcheck|root|image``: measure the controls, build the guest's root, import its image."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.open import BACKENDS, open_sandbox

if TYPE_CHECKING:
    from llmdas_sandbox.fresh import FreshSandbox

EXIT_CONTROL_FAILED = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 3 when a control failed or there is no sandbox."""
    parser = argparse.ArgumentParser(prog="python -m llmdas_sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("selfcheck", help="measure every control of a backend from inside")
    check.add_argument("--backend", choices=("auto", *BACKENDS), default="auto")
    check.add_argument("--runtime", default="", help="OCI runtime for docker, such as runsc")
    check.add_argument("--json", action="store_true", help="for programs")
    commands.add_parser("root", help="build the guest's root file system")
    commands.add_parser("image", help="import the guest's root into the Docker engine")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "selfcheck":
            return _selfcheck(chosen.backend, chosen.runtime, chosen.json)
        return _root() if chosen.command == "root" else _image()
    except SandboxFailure as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONTROL_FAILED


def _selfcheck(backend: str, runtime: str, as_json: bool) -> int:
    from typing import cast

    from llmdas_sandbox.selfcheck import selfcheck

    with open_sandbox(backend, runtime=runtime) as opened:
        sandbox = cast("FreshSandbox", opened)
        checks = selfcheck(sandbox)
        passed = all(check.passed for check in checks)
        if as_json:
            account = {"backend": sandbox.backend, "guest": sandbox.guest, "passed": passed}
            _say(json.dumps({**account, "checks": [asdict(check) for check in checks]}, indent=2))
        else:
            _say(f"{sandbox.backend}, guest {sandbox.guest[:12]}")
            for check in checks:
                _say(f"  {'held  ' if check.passed else 'FAILED'} {check.name}: {check.detail}")
    return 0 if passed else EXIT_CONTROL_FAILED


def _root() -> int:
    from llmdas_sandbox.rootfs import ensure_root

    root = ensure_root()
    size = sum(entry.size for entry in root.entries)
    _say(f"{root.digest} {root.path} ({len(root.entries)} entries, {size / 1e6:.0f} MB)")
    return 0


def _image() -> int:
    from llmdas_sandbox.docker import DockerSandbox

    sandbox = DockerSandbox()
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
