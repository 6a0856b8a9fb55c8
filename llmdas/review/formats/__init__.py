"""The forms in which a review is given out; each is a pure function of the review, and none shows an absolute path.

Text from programs and file names is untrusted: whatever a person may see printed holds no control characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmdas.review.outcome import Review


def _form(module: str, name: str) -> Callable[[Review], str]:
    """Return a function that loads its module when it is first called: a review is given out in one form only."""

    def given(review: Review) -> str:
        text: str = getattr(import_module(f"{__name__}.{module}"), name)(review)
        return text

    return given


FORMATS: Mapping[str, Callable[[Review], str]] = MappingProxyType(
    {
        "text": _form("text", "text"),
        "json": _form("json_", "json_"),
        "sarif": _form("sarif", "sarif"),
        "gitlab": _form("gitlab", "gitlab"),
        "github": _form("github", "github"),
    }
)
