"""Runs in the Dockerfile's build stage: which wheels are wanted, and the guest's root from that stage's own Python.

python from_host.py requirements [LIBRARY...] > wanted.txt    names, versions and hashes out of requirements/runtime.txt
python from_host.py root OUT [LIBRARY...]                     the root, with the guest code of the source tree
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path("requirements/runtime.txt")


def wanted(text: str, names: tuple[str, ...]) -> str:
    """Return the lines of a requirements file that lock these packages, with their hashes."""
    blocks = re.findall(r"(?m)^\S+==.*(?:\n    --hash=.*)+", text)
    return "".join(f"{block}\n" for block in blocks if block.partition("==")[0].lower() in {n.lower() for n in names})


def root(out: Path, libraries: tuple[str, ...]) -> None:
    """Make the guest's root in a new folder."""
    from llmdas_sandbox.rootfs_build import GUEST_PACKAGE, build_tree

    with tempfile.TemporaryDirectory(dir=out.parent) as stage:
        build_tree(Path(stage), GUEST_PACKAGE, libraries)
        (Path(stage) / "root").rename(out)


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if command == "requirements":
        sys.stdout.write(wanted(REQUIREMENTS.read_text(), ("numpy", "RestrictedPython", *words)))
    else:
        root(Path(words[0]), tuple(words[1:]))
