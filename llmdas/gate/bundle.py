"""The digest of all that judges: policy file and rule files together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llmdas.digest import digest_of, sha256
from llmdas.errors import ResourceError
from llmdas.resources import resource

if TYPE_CHECKING:
    from llmdas.policy import Policy


def rule_files(folder: Path | None = None) -> tuple[Path, ...]:
    """Return the rule files that ship, or those of another folder, sorted by name.

    Raises:
        ResourceError: there is none.
    """
    folder = folder or resource("policies/rules")
    found = tuple(sorted(folder.glob("*.yml")))
    if not found:
        raise ResourceError(f"The folder {folder.name} holds no rule.", "Restore policies/rules.")
    return found


def bundle_digest(policy: Policy) -> str:
    """Return the digest of the policy's file and of every rule file; it changes when any byte of them does."""
    rules = {path.name: sha256(path.read_bytes()) for path in rule_files()}
    return digest_of({"policy": policy.digest, "rules": rules})
