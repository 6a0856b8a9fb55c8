"""Writes what a review gives into a file: whole or not at all, never over a device or over what the review reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from llmdas.errors import ConfigError
from llmdas.files import write_atomically
from llmdas.review.discover import shown_path


def result_file(name: Path, held: Mapping[Path, str] | None = None) -> Path:
    """Return the file to write, links followed, so that a link stays one.

    Args:
        name: as the user gave it.
        held: files that must stay, each with what it holds, such as ``the waivers``.

    Raises:
        ConfigError: the name belongs to a folder, a device or a pipe, which a new file would replace, or to a file that
            must stay; or its folder does not exist.
    """
    try:
        target = name.resolve()
        if target.exists() and not target.is_file():
            raise ConfigError(f"The place {str(name)!r} is not a file.", "Name a file, or print to standard output.")
    except (RuntimeError, ValueError):
        raise ConfigError(f"The place {str(name)!r} cannot be a file.", "Name another.") from None
    for path, what in (held or {}).items():
        if _same(path, target):
            problem = f"The file {str(name)!r} holds {what} of this review and is not overwritten."
            raise ConfigError(problem, "Name another file.")
    if not target.parent.is_dir():
        raise ConfigError(
            f"The file {str(name)!r} would lie in a folder that does not exist.", "Make the folder first."
        )
    return target


def _same(path: Path, target: Path) -> bool:
    try:
        return path.resolve() == target or path.samefile(target)
    except (OSError, RuntimeError, ValueError):
        return False  # one of the two does not exist


def write_result(target: Path, text: str, judged: Iterable[str]) -> None:
    """Write a text as UTF-8 into a file that `result_file` gave.

    Raises:
        ConfigError: it is one of the judged files.
        OSError: it cannot be written; what was there stays.
    """
    if shown_path(str(target)) in judged:
        raise ConfigError(f"The file {str(target)!r} was judged and is not overwritten.", "Name another file.")
    write_atomically(target, text.encode("utf-8", "backslashreplace"))
