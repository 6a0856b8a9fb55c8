"""Turns the paths of a command line into the files to judge: in order, each once, nothing opened that is not a file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from llmdas.errors import ConfigError
from llmdas.review.outcome import STDIN

_SUFFIX = ".py"
_ENVIRONMENT = "pyvenv.cfg"  # PEP 405: the file that makes a folder a virtual environment
_AWAY = "is a link that leads out of what was searched and was not followed; name it to have it judged"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One file to judge.

    Attributes:
        shown: the path as reported, see `shown_path`.
        path: what to open; None for standard input.
    """

    shown: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Found:
    """What the paths lead to.

    Attributes:
        sources: sorted by reported path, without duplicates.
        unread: path and reason of what is there but cannot be judged, such as a folder that cannot be listed.
        notes: one sentence for each thing that was passed over and that a reader may have expected to be judged.
        whole: True when a folder was among the paths, so that what was not found is not there.
    """

    sources: tuple[Source, ...]
    unread: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    whole: bool


@dataclass(slots=True)
class _Tally:
    sources: dict[str, Source]
    unread: list[tuple[str, str]]
    notes: list[str]
    away: list[str] = field(default_factory=list)
    whole: bool = False


def discover(paths: Sequence[str], *, stdin_name: str | None = None) -> Found:
    """Find the files to judge.

    A file that is named is judged whatever its suffix; a folder is searched for ``*.py``, without hidden folders,
    ``__pycache__`` and virtual environments below it. A ``*.py`` or folder in it that is a link and leads to where the
    search does not go could not be judged, because an import follows it: it is in `unread` unless it is named as well.
    ``-`` is standard input, reported as `stdin_name` when that is given.

    Raises:
        ConfigError: a path is missing or is neither file nor folder, there is no path at all, or `stdin_name` is given
            without ``-`` or names a file that is judged as well.
    """
    if not paths:
        raise ConfigError("There is nothing to check.", "Name files or folders, or - for standard input.")
    if stdin_name is not None and "-" not in paths:
        raise ConfigError("--stdin-filename is given, but standard input is not read.", "Name - as a path.")
    tally = _Tally({}, [], [])
    for path in dict.fromkeys(paths):
        if path != "-":
            _named(path, tally)
    named = {shown_path(path) for path in paths if path != "-"}
    tally.unread.extend((shown, _AWAY) for shown in tally.away if shown not in named)
    if "-" in paths:
        shown = STDIN if stdin_name is None else shown_path(stdin_name)
        if shown in tally.sources:
            raise ConfigError(f"The file {shown} is checked as well as standard input.", "Give another name.")
        tally.sources[shown] = Source(shown, None)
    return Found(
        tuple(sorted(tally.sources.values(), key=lambda source: source.shown)),
        tuple(sorted(set(tally.unread))),
        tuple(sorted(set(tally.notes))),
        tally.whole,
    )


def shown_path(path: str) -> str:
    """Return a path as it is reported: relative to the current folder, forward slashes, valid Unicode.

    A relative path without ``..`` keeps its own spelling, links included. Bytes that are not UTF-8, and backslashes in
    any name, are escaped, so that two files never share a name.
    """
    if path.startswith("/") or ".." in path.split("/"):
        folder, name = os.path.split(path)
        folder = os.path.realpath(path if name in ("", ".", "..") else folder or ".")
        path = os.path.relpath(folder if name in ("", ".", "..") else f"{folder}/{name}", os.path.realpath("."))
    path = os.path.normpath(path).replace("\\", "\\\\")
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _named(path: str, tally: _Tally) -> None:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - takes every name that the system takes
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise ConfigError(f"The path {path!r} leads to no file and no folder.", "Check its spelling.") from None
    except OSError as error:
        tally.unread.append((shown_path(path), f"cannot be looked at: {error.strerror}"))
        return
    if stat.S_ISDIR(mode):
        _search(path, tally)
    elif stat.S_ISREG(mode):
        source = Source(shown_path(path), Path(path))
        tally.sources.setdefault(source.shown, source)
    else:
        raise ConfigError(
            f"The path {path!r} is {_kind(mode)}, neither a file nor a folder; it was not opened.",
            "Name a file or a folder, or pipe the program in and name -.",
        )


def _search(top: str, tally: _Tally) -> None:
    tally.whole, empty, root = True, True, os.path.realpath(top)
    for entry in _files(top, tally):
        if entry.name.endswith(_SUFFIX):
            empty = False
            _entry(entry, root, tally)
        elif entry.is_symlink() and not _passed_over(entry.name) and os.path.isdir(entry.path):  # noqa: PTH112 - any name
            _linked_folder(entry, root, tally)
    if empty:
        tally.notes.append(f"No Python file was found in {shown_path(top)!r}.")


def _files(top: str, tally: _Tally) -> Iterator[os.DirEntry[str]]:
    """Give all but the folders, from a folder and from every folder below it that is searched, however deep."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
            below = {entry for entry in entries if entry.is_dir(follow_symlinks=False)}
        except OSError as error:
            tally.unread.append((shown_path(folder), f"the folder cannot be listed: {error.strerror}"))
            continue
        if folder != top and any(entry.name == _ENVIRONMENT for entry in entries):
            tally.notes.append(f"The folder {shown_path(folder)!r} is a virtual environment and was not searched.")
            continue
        waiting.extend(entry.path for entry in below if not _passed_over(entry.name))
        yield from (entry for entry in entries if entry not in below)


def _entry(entry: os.DirEntry[str], root: str, tally: _Tally) -> None:
    """Take in one ``*.py`` of a searched folder."""
    shown = shown_path(entry.path)
    if entry.is_symlink() and not _within(os.path.realpath(entry.path), root):
        tally.away.append(shown)
        return
    try:
        mode = os.stat(entry.path).st_mode  # noqa: PTH116 - takes every name that the system takes
    except OSError as error:
        if entry.is_symlink() and error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            tally.notes.append(f"The link {shown!r} leads nowhere.")
        else:
            tally.unread.append((shown, f"cannot be looked at: {error.strerror}"))
        return
    if stat.S_ISREG(mode):
        tally.sources.setdefault(shown, Source(shown, Path(entry.path)))
    elif not stat.S_ISDIR(mode):
        tally.unread.append((shown, f"is {_kind(mode)}, not a file; it was not opened"))


def _linked_folder(entry: os.DirEntry[str], root: str, tally: _Tally) -> None:
    """Take in a link to a folder, whose files are judged only where the search comes to them by another way."""
    target = os.path.realpath(entry.path)
    folder = target
    while _within(folder, root) and not _passed_over(os.path.basename(folder)):  # noqa: PTH119 - any name
        if os.path.exists(f"{folder}/{_ENVIRONMENT}"):  # noqa: PTH110 - any name
            break
        folder = os.path.dirname(folder)  # noqa: PTH120 - any name
    if folder != root:
        tally.away.append(shown_path(entry.path))


def _within(path: str, root: str) -> bool:
    return path.startswith(f"{root.rstrip('/')}/")


def _passed_over(name: str) -> bool:
    """Tell whether no search goes into a folder of this name."""
    return name.startswith(".") or name == "__pycache__"


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"
