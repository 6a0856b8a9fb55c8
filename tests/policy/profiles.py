"""Writes policy files for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

REASON = "harmless for the purposes of this test"


def group(*names: str, **more: Any) -> dict[str, Any]:
    """One permit."""
    return {"names": list(names), "reason": REASON, **more}


def write(path: Path, **content: Any) -> Path:
    """Write a profile that extends numpy unless it says otherwise; None leaves a key out."""
    whole = {"profile": path.stem, "extends": "numpy", **content}
    path.write_text(yaml.safe_dump({key: value for key, value in whole.items() if value is not None}))
    return path
