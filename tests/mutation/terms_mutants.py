"""Mutants of what the gate reads: policy, contract and limits."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from llmdas.gate.terms import Interface, Terms

from .corpus import accepted, everything, refused
from .dangerous import ATTRIBUTES, BUILTINS, MODULES, NAMES_OF_MODULES, SYNTAX
from .made import dangerous, made
from .runner import Mutant
from .sample import Sample

_Change = Callable[[Terms], Terms]


def permits_taken_out(terms: Terms) -> Iterator[Mutant]:
    """Each permitted name is refused: an accepted sample must need it."""
    for name in sorted(terms.syntax):
        yield _taken("syntax", name, _with("syntax", terms.syntax - {name}), nodes=True)
    for name in sorted(terms.builtins):
        yield _taken("builtin", name, _with("builtins", terms.builtins - {name}))
    for module in sorted(terms.modules):
        rest = {other: names for other, names in terms.modules.items() if other != module}
        yield _taken("module", module, _with("modules", rest))
        for name in sorted(terms.modules[module]):
            if f"{module}.{name}" not in terms.modules:  # a submodule exists as a module, not as a name
                fewer = {**terms.modules, module: terms.modules[module] - {name}}
                yield _taken("name of a module", f"{module}.{name}", _with("modules", fewer))
    for kind, names in sorted(terms.attributes.items()):
        for name in sorted(names):
            fewer = {**terms.attributes, kind: names - {name}}
            yield _taken("attribute", f"{kind}.{name}", _with("attributes", fewer))


def _taken(what: str, name: str, change: _Change, *, nodes: bool = False) -> Mutant:
    word = name.rpartition(".")[2]
    samples = [sample for sample in accepted() if word in (sample.nodes if nodes else sample.words)]
    return Mutant("permit taken out", f"{what} {name}", samples, change)


def permits_put_in(terms: Terms) -> Iterator[Mutant]:
    """Each dangerous name is permitted: a refused sample must be one that only this name's absence refuses."""
    for name, (along, _) in SYNTAX.items():
        yield _put("syntax", name, _with("syntax", terms.syntax | {name, *along}))
    for name in sorted(BUILTINS):
        yield _put("builtin", name, _with("builtins", terms.builtins | {name}))
    for name in sorted(ATTRIBUTES):
        more = {**terms.attributes, "array": terms.attributes["array"] | {name}}
        yield _put("attribute", name, _with("attributes", more))
    for module in sorted(MODULES):
        yield _put("module", module, _with("modules", {**terms.modules, module: frozenset()}))
    for full in sorted(NAMES_OF_MODULES):
        module, _, name = full.rpartition(".")
        more = {**terms.modules, module: terms.modules[module] | {name}}
        yield _put("name of a module", full, _with("modules", more))


def _put(what: str, name: str, change: _Change) -> Mutant:
    word = name.rpartition(".")[2]
    samples = [sample for sample in (*dangerous(), *refused()) if word in (sample.nodes | sample.words)]
    return Mutant("wrong permit", f"{what} {name}", samples, change)


def keywords_taken_out(terms: Terms) -> Iterator[Mutant]:
    """Each refused keyword is permitted."""
    for name in sorted(terms.keywords):
        rest = {other: reason for other, reason in terms.keywords.items() if other != name}
        samples = [sample for sample in (*refused(), *dangerous()) if name in sample.words]
        yield Mutant("refused keyword", name, samples, _with("keywords", rest))


def limits_changed(terms: Terms) -> Iterator[Mutant]:
    """Each limit is doubled and halved."""
    everyone = (*made(), *refused(), *accepted())
    for name, bound in sorted(terms.limits.items()):
        words = name.split("_")  # the samples made for this limit first, then the others, the small ones first
        samples = sorted(everyone, key=functools.partial(_apart, words))
        for word, value in (("doubled", bound * 2), ("halved", bound // 2)):
            yield Mutant("limit", f"{name} {word}", samples, _with("limits", {**terms.limits, name: value}))


def _apart(words: list[str], sample: Sample) -> tuple[bool, int]:
    return all(word not in sample.name for word in words), len(sample.source)


def contract_changed(terms: Terms) -> Iterator[Mutant]:
    """Name, parameters, their order, kinds and methods: each is changed."""
    interface = terms.interface
    names = interface.parameters
    changes: dict[str, Interface] = {
        "function renamed": replace(interface, function=f"{interface.function}_"),
        "a parameter more": _renamed(interface, (*names, "extra"), {"extra": "count"}),
        "no parameters": replace(interface, parameters=()),
    }
    for position, name in enumerate(names):
        others = names[:position] + names[position + 1 :]
        changes[f"{name} left out"] = replace(interface, parameters=others)
        changes[f"{name} renamed"] = _renamed(interface, (*names[:position], f"{name}_", *names[position + 1 :]))
        if interface.kinds[name] != "count":  # of a number, the gate asks nothing more than of any value
            changes[f"{name} of no kind"] = replace(interface, kinds={**interface.kinds, name: ""})
        if position:
            swapped = (*names[: position - 1], name, names[position - 1], *names[position + 1 :])
            changes[f"{name} before {names[position - 1]}"] = replace(interface, parameters=swapped)
        for method in interface.methods[name]:
            fewer = tuple(other for other in interface.methods[name] if other != method)
            changes[f"{name}.{method} left out"] = replace(interface, methods={**interface.methods, name: fewer})
    model = interface.named("model")
    if model is not None:
        offered = {**interface.methods, model: (*interface.methods[model], "decision_function")}
        changes["a method more"] = replace(interface, methods=offered)
    for name, changed in changes.items():
        yield Mutant("contract", name, everything(), _with("interface", changed))


def _renamed(interface: Interface, names: tuple[str, ...], more: Mapping[str, str] | None = None) -> Interface:
    """Return the interface with other names for its parameters; new ones have no kind unless it is given."""
    kinds = {name: interface.kinds.get(name, (more or {}).get(name, "")) for name in names}
    methods = {name: interface.methods.get(name, ()) for name in names}
    return replace(interface, parameters=names, kinds=kinds, methods=methods)


def _with(field: str, value: Any) -> _Change:
    return lambda terms: replace(terms, **{field: value})
