"""Finds the files that llmdas ships (prompts, policies), in a checkout as well as in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from llmdas.errors import ResourceError

_PACKAGE = Path(__file__).resolve().parent


def resource(relative: str) -> Path:
    """Return the path of a shipped file or folder, such as ``policies/policy.yaml``.

    The wheel carries them under ``llmdas/_data``; a checkout has them beside the package.

    Raises:
        ResourceError: it is in neither place.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        candidate = root / relative
        if candidate.exists():
            return candidate
    raise ResourceError(f"The shipped file {relative} is missing.", "Reinstall llmdas.")
