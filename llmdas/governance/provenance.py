"""Versions of everything that a result depends on."""

from __future__ import annotations

import platform
from importlib import metadata

from llmdas import __version__

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "pyod", "RestrictedPython", "ast-grep-py", "openai", "pydantic")


def versions() -> dict[str, str]:
    """Return the versions of Python, llmdas and the libraries that results depend on."""
    found = {"python": platform.python_version(), "llmdas": __version__}
    for name in _LIBRARIES:
        found[name] = metadata.version(name)
    return found
