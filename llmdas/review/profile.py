"""Finds the policy that a command or a repository names: a profile that ships, or a policy file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llmdas.policy import load_policy

if TYPE_CHECKING:
    from llmdas.policy import Policy


def is_policy_file(name: str) -> bool:
    """Tell whether a name is the path of a policy file: it has a slash or ends in ``.yaml`` or ``.yml``."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def policy_named(name: str) -> Policy:
    """Load the policy of a profile's name or of a policy file's path.

    Raises:
        ResourceError: there is no such profile or file, or it does not load.
    """
    return load_policy(path=Path(name)) if is_policy_file(name) else load_policy(name)
