"""A run's folder: every file is written whole or not at all, and the manifest comes last.

A folder without ``manifest.json`` was interrupted and is never taken for a finished run.
"""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from llmdas.digest import sha256
from llmdas.errors import RecordError
from llmdas.files import write_atomically

MANIFEST = "manifest.json"


class RunFolder:
    """Writes ``runs/<time>-<detector>/``; remembers the digest of each file for the manifest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: dict[str, str] = {}

    @classmethod
    def create(cls, runs: Path, detector: str) -> RunFolder:
        """Make a new, empty folder named by UTC time and detector; two runs in one second get two folders.

        Raises:
            RecordError: the folder cannot be made.
        """
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for number in range(1, 1000):
            path = runs / (f"{stamp}-{detector}" if number == 1 else f"{stamp}-{detector}-{number}")
            try:
                path.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise RecordError(
                    f"The folder {path} cannot be made: {error.strerror}.", "Name another with --runs."
                ) from error
            return cls(path)
        raise RecordError(f"No free name for a run in {runs}.", "Remove old runs.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Take the folder away again where nothing was written."""
        with contextlib.suppress(OSError):  # not empty
            self.path.rmdir()

    def write(self, name: str, data: bytes | str) -> Path:
        """Write one file atomically (temporary name, fsync, rename).

        Raises:
            RecordError: the disk is full or the folder is gone; nothing half-written stays under the name.
        """
        raw = data.encode() if isinstance(data, str) else data
        target = self.path / name
        try:
            write_atomically(target, raw)
        except OSError as error:
            raise RecordError(
                f"{target} cannot be written: {error.strerror}.", "Free space or name another folder with --runs."
            ) from error
        self.files[name] = sha256(raw)
        return target

    def write_json(self, name: str, value: Any) -> Path:
        """Write a JSON file, indented, keys in the given order."""
        return self.write(name, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    def finish(self, manifest: dict[str, Any]) -> Path:
        """Write the manifest, which marks the run as whole and holds the digest of every other file."""
        return self.write_json(MANIFEST, {**manifest, "files": dict(sorted(self.files.items()))})


def read_manifest(run: Path) -> dict[str, Any]:
    """Return the manifest of a finished run after checking every file against its digest.

    Raises:
        RecordError: the run was interrupted, a file is missing, or one was changed.
    """
    path = run / MANIFEST
    if not path.is_file():
        raise RecordError(f"The run {run} was interrupted: it has no manifest.", "Run it again.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        files = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"The manifest of {run} does not load: {error}.", "Run it again.") from error
    for name, digest in files.items():
        file = run / name
        if not file.is_file() or sha256(file.read_bytes()) != digest:
            raise RecordError(f"The file {file} is missing or was changed after the run.", "Run it again.")
    return manifest
