"""Reads the small text files that a review is steered by: bounded, UTF-8, and one sentence when it cannot be done."""

from __future__ import annotations

from pathlib import Path

from llmdas.errors import ConfigError


def read_text(path: Path, what: str, max_bytes: int, missing: str = "Check the name.") -> str:
    """Return a file's text.

    Args:
        path: the file.
        what: what it is to the user, such as ``baseline``.
        max_bytes: more is refused.
        missing: what to do when there is no such file.

    Raises:
        ConfigError: the file is missing, unreadable, larger, or not UTF-8.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise ConfigError(f"The {what} {str(path)!r} is no regular file.", "Name another file.")
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
        if len(raw) > max_bytes:
            raise ConfigError(f"The {what} {str(path)!r} is larger than {max_bytes} bytes.", "Name another file.")
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"The {what} {str(path)!r} is not UTF-8: {error.reason} at byte {error.start}.") from None
    except ValueError as error:
        raise ConfigError(f"The {what} {str(path)!r} cannot be a file: {error}.") from None
    except OSError as error:
        remedy = missing if isinstance(error, FileNotFoundError) else "Check the name and the rights."
        raise ConfigError(f"The {what} {str(path)!r} cannot be read: {error.strerror or error}.", remedy) from None
