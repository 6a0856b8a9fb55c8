"""The symbolic interface between detector and program, declared once in ``policies/contract`` (arXiv 2510.03904).

Prompt text, gate, guest call and output check all read this record, so what is asked is what is checked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llmdas.digest import sha256
from llmdas.errors import ResourceError
from llmdas.resources import resource

ParameterKind = Literal["count", "model", "rows", "generator"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Method(_Record):
    """One thing that the `model` parameter offers."""

    name: str
    signature: str
    meaning: str


class Parameter(_Record):
    """One positional parameter of the function.

    `kind` tells the caller what to pass: a count (int), the model, rows (float64 matrix) or a numpy Generator.
    """

    name: str
    kind: ParameterKind
    type: str
    meaning: str
    methods: tuple[Method, ...] = ()


class Returned(_Record):
    """What the function returns: ``n_samples`` rows of the columns of `rows`, finite float64."""

    type: str
    meaning: str


class Contract(_Record):
    """A symbolic interface: the function a program must define, and nothing about any data.

    Attributes:
        id: name and version, such as ``das/1``.
        function: name of the one function that is called.
        parameters: in call order, all positional, none with a default.
        returns: type and meaning of the result.
        notes: further promises and demands, one sentence each, shown in the request.
        digest: SHA-256 of the file the contract was read from.
    """

    id: str = Field(pattern=r"^[a-z]+/[a-z0-9]+$")
    function: str
    parameters: tuple[Parameter, ...]
    returns: Returned
    notes: tuple[str, ...] = ()
    digest: str

    def parameter(self, kind: ParameterKind) -> Parameter | None:
        """Return the parameter of that kind, or None."""
        return next((p for p in self.parameters if p.kind == kind), None)

    @property
    def signature(self) -> str:
        """The function's head as Python text, such as ``f(n_samples, model, X_train, rng)``."""
        return f"{self.function}({', '.join(p.name for p in self.parameters)})"


def load_contract(name: str = "das/1", path: Path | None = None) -> Contract:
    """Read a contract by its id (``policies/contract/das-1.yaml``) or from a file of one's own.

    Raises:
        ResourceError: no such contract, or a field is missing, unknown or malformed.
    """
    path = path or resource(f"policies/contract/{name.replace('/', '-')}.yaml")
    try:
        raw = path.read_bytes()
        return Contract.model_validate({**yaml.safe_load(raw), "digest": sha256(raw)})
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        raise ResourceError(f"The contract {path.name} does not load: {error}.", "Mend or restore the file.") from error
