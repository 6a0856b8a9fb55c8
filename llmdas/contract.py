"""The symbolic interface between detector and program, declared once in ``policies/contract`` (arXiv 2510.03904).

Prompt text, gate, guest call and output check all read this record, so what is asked is what is checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from llmdas.digest import sha256
from llmdas.errors import ResourceError
from llmdas.permits import Additions, read_mapping, validated
from llmdas.records import matching
from llmdas.resources import resource

ParameterKind = Literal["count", "model", "rows", "generator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One thing that the `model` parameter offers."""

    name: str
    signature: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One positional parameter of the function.

    `kind` tells the caller what to pass: a count (int), the model, rows (float64 matrix) or a numpy Generator.
    """

    name: str
    kind: ParameterKind
    type: str
    meaning: str
    methods: tuple[Method, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the function returns: ``n_samples`` rows of the columns of `rows`, finite float64."""

    type: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A symbolic interface: the function a program must define, and nothing about any data.

    Attributes:
        id: name and version, such as ``das/1``.
        function: name of the one function that is called.
        parameters: in call order, all positional, none with a default.
        returns: type and meaning of the result.
        notes: further promises and demands, one sentence each, shown in the request.
        permits: what programs under this contract may use beyond the policy; see `llmdas.policy.Policy.under`.
        digest: SHA-256 of the file the contract was read from.
    """

    id: Annotated[str, matching(r"^[a-z]+/[a-z0-9]+$")]
    function: str
    parameters: tuple[Parameter, ...]
    returns: Returned
    notes: tuple[str, ...] = ()
    permits: Additions = field(default_factory=Additions)
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
    path = path or _shipped(name)
    what = f"The contract {path.name}"
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ResourceError(f"{what} cannot be read: {why}.", "Mend or restore the file.") from None
    return validated(Contract, {**read_mapping(raw, what), "digest": sha256(raw)}, what)


def contract_names() -> tuple[str, ...]:
    """Return the ids of the contracts that ship, sorted."""
    return tuple(sorted(file.stem.replace("-", "/", 1) for file in resource("policies/contract").glob("*.yaml")))


def _shipped(name: str) -> Path:
    names = contract_names()
    if name not in names:
        raise ResourceError(f"There is no contract {name!r}.", f"Use {' or '.join(names)}.")
    return resource(f"policies/contract/{name.replace('/', '-')}.yaml")
