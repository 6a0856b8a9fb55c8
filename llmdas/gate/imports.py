"""What each import brings, in any disguise, and which names of a program stand for a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from llmdas.gate import remedies
from llmdas.gate.report import Report
from llmdas.gate.scopes import Names
from llmdas.gate.terms import Terms
from llmdas.gate.tree import Tree


@dataclass(slots=True)
class Imports:
    """What the program's names stand for.

    Attributes:
        modules: name -> dotted name of the permitted module that it stands for.
        members: name -> what it was imported as, such as ``numpy.random.default_rng``.
        refused: names bound by a refused import; what is done with them is not reported again.
    """

    modules: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def names(self) -> set[str]:
        """Every name that an import bound."""
        return {*self.modules, *self.members, *self.refused}

    def module_of(self, node: ast.expr, terms: Terms) -> str | None:
        """Return the permitted module that an expression stands for, or None."""
        if isinstance(node, ast.Name):
            return self.modules.get(node.id)
        if isinstance(node, ast.Attribute):
            parent = self.module_of(node.value, terms)
            child = f"{parent}.{node.attr}"
            return child if parent and child in terms.modules else None
        return None

    def full_name(self, node: ast.expr, terms: Terms) -> str | None:
        """Return what an expression names in a permitted module, such as ``numpy.random.default_rng``, or None."""
        if isinstance(node, ast.Name):
            return self.members.get(node.id)
        module = self.module_of(node.value, terms) if isinstance(node, ast.Attribute) else None
        return f"{module}.{node.attr}" if module and isinstance(node, ast.Attribute) else None


def check_imports(tree: Tree, names: Names, terms: Terms, report: Report) -> Imports:
    """Check every import statement and follow aliases such as ``la = np.linalg``."""
    found = Imports()
    for node in tree.among(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            for alias in node.names:
                _plain(alias, found, terms, report)
        else:
            _from(node, found, terms, report)
    _follow_aliases(names, found, terms)
    _check_rebinding(names, found, report)
    return found


def _plain(alias: ast.alias, found: Imports, terms: Terms, report: Report) -> None:
    bound = alias.asname or alias.name.partition(".")[0]
    if alias.name not in terms.modules:
        _refuse_module(alias, alias.name, terms, report)
        found.refused.add(bound)
        return
    module = alias.name if alias.asname else bound
    if module not in terms.modules:
        _refuse_module(alias, module, terms, report)
        found.refused.add(bound)
    elif found.modules.setdefault(bound, module) != module:
        _bound_again(alias, bound, report)


def _from(node: ast.ImportFrom, found: Imports, terms: Terms, report: Report) -> None:
    bound = {alias.asname or alias.name for alias in node.names}
    if node.level or node.module is None:
        report.at(node, "DAS214", "a relative import is not permitted")
        found.refused |= bound
        return
    if node.module not in terms.modules:
        _refuse_module(node, node.module, terms, report)
        found.refused |= bound
        return
    for alias in node.names:
        _member(alias, node.module, found, terms, report)


def _member(alias: ast.alias, module: str, found: Imports, terms: Terms, report: Report) -> None:
    bound, full = alias.asname or alias.name, f"{module}.{alias.name}"
    if alias.name == "*":
        report.at(alias, "DAS214", f"`from {module} import *` is not permitted")
    elif full in terms.modules:
        if found.modules.setdefault(bound, full) != full:
            _bound_again(alias, bound, report)
    elif alias.name in terms.modules[module]:
        if found.members.setdefault(bound, full) != full:
            _bound_again(alias, bound, report)
    else:
        refuse_member(alias, module, alias.name, terms, report)
        found.refused.add(bound)


def _refuse_module(node: ast.AST, name: str, terms: Terms, report: Report) -> None:
    remedy = "" if report.full else remedies.for_module(name, terms)
    report.at(node, "DAS201", f"the module `{name}` is not permitted", remedy=remedy)


def refuse_member(node: ast.AST, module: str, name: str, terms: Terms, report: Report) -> None:
    """Report a name that a permitted module does not have for programs."""
    remedy = "" if report.full else remedies.for_member(module, name, terms)
    report.at(node, "DAS202", f"`{module}.{name}` is not permitted", remedy=remedy)


def _bound_again(node: ast.AST, name: str, report: Report) -> None:
    report.at(node, "DAS211", f"the imported name `{name}` is bound again")


def _follow_aliases(names: Names, found: Imports, terms: Terms) -> None:
    """Let a name that is bound once, to a module, stand for the module, and so on along aliases of aliases."""
    single = {name: bindings[0].value for name, bindings in names.bindings.items() if len(bindings) == 1}
    imported = found.names()
    values = {name: value for name, value in single.items() if value is not None and name not in imported}
    users: dict[str, list[str]] = {}
    for name, value in values.items():
        users.setdefault(_root(value), []).append(name)
    ready = list(found.modules)
    while ready:
        for name in users.pop(ready.pop(), ()):
            module = found.module_of(values[name], terms)
            if module and name not in found.modules:
                found.modules[name] = module
                ready.append(name)


def _root(node: ast.expr) -> str:
    """Return the name at the beginning of ``a.b.c``, or nothing for any other expression."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _check_rebinding(names: Names, found: Imports, report: Report) -> None:
    imported = {name for name in found.names() if any(b.kind == "import" for b in names.bindings.get(name, ()))}
    for name in sorted(imported):
        for binding in names.bindings[name]:
            if binding.kind != "import":
                _bound_again(binding.node, name, report)


def module_values(tree: Tree, imports: Imports, names: Names, terms: Terms) -> Iterator[ast.expr]:
    """Yield every expression that uses a module as a value instead of looking a name up in it."""
    looked_up = {id(node.value) for node in tree.of(ast.Attribute)}
    aliased = {id(binding.value) for binding in names.all() if binding.name in imports.modules}
    for node in tree.among(ast.Name, ast.Attribute):
        if (
            isinstance(node.ctx, ast.Load)
            and id(node) not in looked_up
            and imports.module_of(node, terms)
            and id(node) not in aliased
        ):
            yield node
