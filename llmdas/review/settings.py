"""Settings of a repository: the table ``[tool.llmdas.check]`` of its ``pyproject.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from llmdas.errors import ConfigError
from llmdas.policy import is_policy_file
from llmdas.records import Invalid, build
from llmdas.review.text_file import read_text

FILE = "pyproject.toml"
_MAX_BYTES = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """What a repository sets for ``llmdas check``; None where it says nothing.

    Attributes:
        profile: name of a policy profile that ships, or path of a policy file, resolved like `baseline`.
        contract: id of the contract.
        baseline: baseline file, resolved against the folder of ``pyproject.toml``.
        waivers: waiver file, likewise.
        file: the ``pyproject.toml`` that was read; None when there is none.
    """

    profile: str | None = None
    contract: str | None = None
    baseline: Path | None = None
    waivers: Path | None = None
    file: Path | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The table as it stands in the file."""

    profile: str | None = None
    contract: str | None = None
    baseline: str | None = None
    waivers: str | None = None


def settings_near(folder: Path) -> CheckSettings:
    """Read the settings from the nearest ``pyproject.toml``, in a folder or above it, up to the repository's root.

    Raises:
        ConfigError: the file does not load, or the table has an unknown key or a value of the wrong kind.
    """
    for place in (folder, *folder.parents):
        if (place / FILE).is_file():
            return _read(place / FILE)
        if (place / ".git").exists():
            break
    return CheckSettings()


def _read(path: Path) -> CheckSettings:
    import tomllib  # here, because most folders have no such file

    try:
        tool = tomllib.loads(read_text(path, "settings file", _MAX_BYTES)).get("tool", {})
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The file {str(path)!r} is not TOML: {error or 'it is nested too deep'}.") from None
    ours: Any = tool.get("llmdas", {}) if isinstance(tool, dict) else {}
    table = ours.get("check", {}) if isinstance(ours, dict) and ours.keys() <= {"check"} else None
    if not isinstance(table, dict):
        raise ConfigError(f"In {str(path)!r}, [tool.llmdas] may hold the table `check` and nothing else.", "Mend it.")
    try:
        told = build(_Table, table)
    except Invalid as error:
        key, keys = ".".join(map(str, error.place)), [known.name for known in fields(_Table)]
        wrong = f"gives the key {key!r} a value that is no text" if key in keys else f"has the unknown key {key!r}"
        raise ConfigError(
            f"In {str(path)!r}, [tool.llmdas.check] {wrong}.", f"The keys are {', '.join(keys)}."
        ) from None
    files = {name: path.parent / value for name in ("baseline", "waivers") if (value := getattr(told, name))}
    profile = told.profile
    if profile and is_policy_file(profile):
        profile = str(path.parent / profile)
    return CheckSettings(profile=profile, contract=told.contract, file=path, **files)
