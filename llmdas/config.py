"""Settings: frozen, typed, unknown keys refused; from the environment, overridden by the command line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from llmdas.errors import ConfigError

# Read by the sandbox package and by the tests; listed so that they are not taken for misspelt settings.
_ELSEWHERE = {
    "LLMDAS_CACHE",
    "LLMDAS_GUEST_IMAGE",
    "LLMDAS_GUEST_PIN",
    "LLMDAS_REQUIRE_BACKENDS",
    "LLMDAS_ALL_ESCAPES",
}
PREFIX = "LLMDAS_"


class Settings(BaseModel):
    """Everything a run depends on besides its data.

    Every field can be set by an environment variable, LLMDAS_ and its name in capitals; the key also by OPENAI_API_KEY.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: str = Field("iforest", description="name or alias of the source detector")
    data: Path | None = Field(
        None, description="CSV, Parquet, npz or mat file; the default table where it is not given"
    )
    label: str | None = Field(None, description="label column (array in npz and mat); without it no metric is claimed")
    llm: Literal["auto", "openai", "replay"] = Field("auto", description="auto: openai when a key or base URL is set")
    sandbox: Literal["auto", "bubblewrap", "docker"] = Field("auto", description="where programs run")
    level: Literal["warm", "fresh", "vm"] | None = Field(
        None, description="warm: forks of one guest; fresh: a guest per program; vm: gVisor (default: the preset's)"
    )
    preset: Literal["laptop", "regulated"] = Field("laptop", description="regulated: fresh or vm, never warm")
    programs: int = Field(3, ge=1, le=20, description="programs to write for the detector")
    attempts: int = Field(4, ge=1, le=10, description="answers per program at most, the first included")
    seed: int = Field(0, ge=0, lt=2**31, description="seed of split, detector, programs and classifier")
    ratio: float = Field(0.1, gt=0, le=10, description="synthetic rows per training row and program (paper: 0.1)")
    runs: Path = Field(Path("runs"), description="folder that gets one sub-folder per run")
    recordings: Path | None = Field(None, description="folder of recorded answers; the shipped ones where not given")
    record: Path | None = Field(None, description="folder that live answers are recorded in, for replay later")

    base_url: str = Field("https://api.openai.com/v1", description="any OpenAI-compatible endpoint")
    api_key: SecretStr | None = Field(None, description="only from the environment; never written anywhere")
    model: str | None = Field(None, description="model name; needed for a live endpoint")
    temperature: float = Field(0.7, ge=0, le=2)
    top_p: float = Field(0.95, gt=0, le=1)
    max_tokens: int = Field(4096, ge=64, le=200_000)
    llm_seed: int = Field(0, ge=0, lt=2**31, description="seed sent with the first program's requests, then counted up")
    allow_hosts: tuple[str, ...] = Field((), description="further hosts that may be asked")
    timeout: float = Field(120.0, gt=0, le=3600, description="seconds an endpoint may take for one answer")
    retries: int = Field(3, ge=1, le=10, description="tries per request when the endpoint fails")
    proxies: bool = Field(False, description="use the proxies that the environment names")

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        if self.preset == "regulated" and self.level == "warm":
            raise ValueError("The preset regulated does not permit the level warm. Use fresh or vm, or no level.")
        if self.sandbox == "bubblewrap" and self.level == "vm":
            raise ValueError("The sandbox bubblewrap has no level vm. Use docker or auto, or another level.")
        if self.label is not None and self.data is None:
            raise ValueError(f"The label {self.label!r} is given without data. Name the file with --data as well.")
        return self

    @property
    def backend(self) -> Literal["openai", "replay"]:
        """The LLM backend that `auto` stands for here."""
        if self.llm != "auto":
            return self.llm
        live = self.api_key is not None or "base_url" in self.model_fields_set
        return "openai" if live else "replay"


def settings_from(environment: Mapping[str, str], options: Mapping[str, Any]) -> Settings:
    """Join environment and command-line options (which win; None means not given).

    Raises:
        ConfigError: an unknown LLMDAS_ name, or a value out of its range; says which and what is allowed.
    """
    values: dict[str, Any] = {}
    if environment.get("OPENAI_API_KEY"):
        values["api_key"] = environment["OPENAI_API_KEY"]
    for name, value in environment.items():
        if name.startswith(PREFIX) and name not in _ELSEWHERE and value != "":
            values[_field_of(name)] = _parsed(_field_of(name), value)
    values.update({name: value for name, value in options.items() if value is not None})
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if not first["loc"]:
            raise ConfigError(first["msg"].removeprefix("Value error, ")) from None
        name = str(first["loc"][0])
        shown = "" if name == "api_key" else f" ({values.get(name)!r})"
        raise ConfigError(f"The setting {name}{shown} is not usable: {first['msg']}.") from None


def _field_of(variable: str) -> str:
    field = variable.removeprefix(PREFIX).lower()
    if field not in Settings.model_fields:
        near = difflib.get_close_matches(field, list(Settings.model_fields), n=1)
        hint = f"Did you mean {PREFIX}{near[0].upper()}?" if near else "Remove it."
        raise ConfigError(f"The environment variable {variable} is not a setting of llmdas.", hint)
    return field


def _parsed(field: str, value: str) -> Any:
    return tuple(part for part in value.replace(",", " ").split() if part) if field == "allow_hosts" else value
