"""All that a judgement depends on besides the source, as plain records that cross into the child process as JSON.

The child starts in a few hundredths of a second because nothing it imports needs pydantic, YAML or numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmdas.contract import Contract
    from llmdas.gate.rules import PatternRule
    from llmdas.policy import Policy


@dataclass(frozen=True, slots=True)
class Interface:
    """The contract as the gate needs it.

    Attributes:
        function: name of the one function that is called.
        parameters: names in call order.
        kinds: parameter name -> ``count``, ``model``, ``rows`` or ``generator``.
        methods: parameter name -> methods that its value offers, empty where the policy's attributes apply.
    """

    function: str
    parameters: tuple[str, ...]
    kinds: Mapping[str, str]
    methods: Mapping[str, tuple[str, ...]]

    def named(self, kind: str) -> str | None:
        """Return the name of the parameter of that kind, or None."""
        return next((name for name in self.parameters if self.kinds[name] == kind), None)

    @property
    def signature(self) -> str:
        """The function's head as Python text."""
        return f"{self.function}({', '.join(self.parameters)})"

    @property
    def offered(self) -> frozenset[str]:
        """Method names that any parameter offers."""
        return frozenset(name for names in self.methods.values() for name in names)


@dataclass(frozen=True, slots=True)
class Terms:
    """Policy, contract and pattern rules as plain values; built by `terms_of`, read again by `Terms.from_json`.

    Attributes:
        limits: field of `policy.SourceLimits` -> bound.
        syntax: permitted `ast` node classes.
        builtins: permitted builtins.
        modules: permitted module -> permitted attributes.
        aliases: usual short name -> module, such as ``np``.
        attributes: kind of object -> permitted attribute names.
        keywords: refused keyword -> why.
        interface: the contract.
        patterns: ast-grep rules that apply under this contract, each with ``das``, ``severity``, ``message``,
            ``remedy`` and ``config`` (what `SgNode.find_all` takes).
    """

    limits: Mapping[str, int]
    syntax: frozenset[str]
    builtins: frozenset[str]
    modules: Mapping[str, frozenset[str]]
    aliases: Mapping[str, str]
    attributes: Mapping[str, frozenset[str]]
    keywords: Mapping[str, str]
    interface: Interface
    patterns: tuple[Mapping[str, Any], ...]

    @property
    def attribute_names(self) -> frozenset[str]:
        """Permitted attribute names on any object but a module, what the contract's model offers included."""
        return frozenset().union(*self.attributes.values(), self.interface.offered)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON value; sets become sorted lists."""
        value: dict[str, Any] = _plain(asdict(self))
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Terms:
        """Build the record from what `as_json` returned."""
        interface = value["interface"]
        return cls(
            limits=value["limits"],
            syntax=frozenset(value["syntax"]),
            builtins=frozenset(value["builtins"]),
            modules={name: frozenset(names) for name, names in value["modules"].items()},
            aliases=value["aliases"],
            attributes={kind: frozenset(names) for kind, names in value["attributes"].items()},
            keywords=value["keywords"],
            interface=Interface(
                function=interface["function"],
                parameters=tuple(interface["parameters"]),
                kinds=interface["kinds"],
                methods={name: tuple(names) for name, names in interface["methods"].items()},
            ),
            patterns=tuple(value["patterns"]),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def terms_of(policy: Policy, contract: Contract, rules: Iterable[PatternRule]) -> Terms:
    """Reduce a policy, what the contract permits beyond it, the contract and the rules to what the checks read.

    Raises:
        ResourceError: the contract permits what the policy permits already.
    """
    policy = policy.under(contract)
    parameters = tuple(parameter.name for parameter in contract.parameters)
    kinds = {permit.of for permit in policy.attributes}
    return Terms(
        limits=asdict(policy.source),
        syntax=policy.syntax_names,
        builtins=policy.builtin_names,
        modules={name: frozenset(module.attributes) for name, module in policy.modules.items()},
        aliases={alias: name for name, module in policy.modules.items() for alias in module.aliases},
        attributes={kind: policy.attributes_of(kind) for kind in sorted(kinds)},
        keywords={name: permit.reason for permit in policy.refused_keywords for name in permit.names},
        interface=Interface(
            function=contract.function,
            parameters=parameters,
            kinds={parameter.name: parameter.kind for parameter in contract.parameters},
            methods={p.name: tuple(m.name for m in p.methods) for p in contract.parameters},
        ),
        patterns=tuple(rule.as_pattern() for rule in rules if set(rule.metadata.parameters) <= set(parameters)),
    )


def nearest(name: str, permitted: Iterable[str]) -> str | None:
    """Return the permitted name most like `name`, or None when nothing is near."""
    import difflib  # here, because most programs need no advice

    found = difflib.get_close_matches(name, sorted(permitted), n=1, cutoff=0.75)
    return found[0] if found else None
