"""Names and attributes: only what the policy lists exists, tracked through aliases, parameters and computed access."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from llmdas.gate import remedies
from llmdas.gate.imports import Imports, check_imports, module_values, refuse_member
from llmdas.gate.report import Report
from llmdas.gate.scopes import Binding, Names, Scope, collect_names
from llmdas.gate.terms import Terms, nearest
from llmdas.gate.values import check_values

_BUILTINS = frozenset(dir(builtins))
_COMPUTED = frozenset({"getattr", "hasattr"})
# Bound to something else, these would mislead a reviewer or take a guard's place.
_CRITICAL = _COMPUTED | frozenset(
    {"breakpoint", "compile", "delattr", "eval", "exec", "globals", "isinstance", "issubclass", "locals", "open",
     "print", "setattr", "super", "vars"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Context:
    names: Names
    imports: Imports
    terms: Terms
    report: Report


def check_names(tree: ast.Module, terms: Terms, report: Report) -> None:
    """Check imports, names, attributes and keywords."""
    names = collect_names(tree)
    imports = check_imports(tree, names, terms, report)
    context = _Context(names, imports, terms, report)
    for binding in names.all():
        _check_binding(binding, report)
    _Attributes(context).visit(tree)
    for node in module_values(tree, imports, names, terms):
        report.at(node, "DAS213", f"the module `{imports.module_of(node, terms)}` is used as a value")
    check_values(tree, names, imports, terms, report)
    for use, scope in names.uses:
        if not scope.kinds(use.id):
            _check_unbound(use, scope, context)
        elif _is_internal(use.id):
            report.at(use, "DAS208", f"the name `{use.id}` is not permitted")


def _is_internal(name: str) -> bool:
    return name.startswith("__") or (name.startswith("_") and name.endswith("_") and name != "_")


def _check_binding(binding: Binding, report: Report) -> None:
    if _is_internal(binding.name):
        report.at(binding.node, "DAS208", f"the name `{binding.name}` is not permitted")
    elif binding.name in _CRITICAL:
        report.at(binding.node, "DAS211", f"the builtin name `{binding.name}` is bound again")


def _check_unbound(use: ast.Name, scope: Scope, context: _Context) -> None:
    """Check a name that the program binds nowhere it could be seen: a builtin, an internal name or a mistake."""
    name, terms, report = use.id, context.terms, context.report
    if name in terms.builtins:
        return
    if _is_internal(name):
        report.at(use, "DAS208", f"the name `{name}` is not permitted")
    elif name in _BUILTINS:
        near = nearest(name, terms.builtins)
        remedy = remedies.BUILTINS.get(name) or (f"The nearest permitted builtin is `{near}`." if near else "")
        report.at(use, "DAS203", f"the builtin `{name}` is not permitted", remedy=remedy)
    elif name not in context.imports.refused:
        report.at(use, "DAS204", f"the name `{name}` is not defined here", remedy=_define(name, scope, terms))


def _define(name: str, scope: Scope, terms: Terms) -> str:
    if name in terms.aliases:
        return f"Begin the program with `import {terms.aliases[name]} as {name}`."
    if name in terms.modules:
        return f"Begin the program with `import {name}`."
    near = nearest(name, {seen for seen in scope.visible() if not seen.startswith("__")} | terms.builtins)
    return f"The nearest name that is defined here is `{near}`." if near else ""


class _Attributes(ast.NodeVisitor):
    """Checks attributes from the inside out; what stands on a refused expression is not reported again."""

    def __init__(self, context: _Context) -> None:
        self.context, self.terms, self.report = context, context.terms, context.report
        self.scopes = {id(use): scope for use, scope in context.names.uses}
        self.tainted: set[int] = set()
        self.called: set[int] = set()

    def visit_Name(self, node: ast.Name) -> None:
        scope = self.scopes.get(id(node))
        undefined = scope is not None and not scope.kinds(node.id) and node.id not in self.terms.builtins
        if undefined or node.id in self.context.imports.refused:
            self.tainted.add(id(node))
        if node.id in _COMPUTED and node.id not in self.context.names.bindings and id(node) not in self.called:
            self.report.at(node, "DAS215", f"`{node.id}` is used as a value, so what it reads cannot be judged")

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.generic_visit(node)
        if id(node.value) in self.tainted:
            self.tainted.add(id(node))

    def visit_Call(self, node: ast.Call) -> None:
        self.called.add(id(node.func))
        self.generic_visit(node)
        if id(node.func) in self.tainted:
            self.tainted.add(id(node))
        if isinstance(node.func, ast.Name) and node.func.id in _COMPUTED:
            self._computed(node, node.func.id)
        for keyword in node.keywords:
            if keyword.arg and keyword.arg in self.terms.keywords:
                reason = self.terms.keywords[keyword.arg]
                self.report.at(keyword, "DAS210", f"the keyword `{keyword.arg}` is not permitted: it {reason}")

    def _computed(self, node: ast.Call, function: str) -> None:
        """Check ``getattr(x, "name")`` as if it were ``x.name``; `hasattr` may ask for any plain name."""
        name = node.args[1] if len(node.args) > 1 else None
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            self.report.at(node, "DAS215", f"`{function}` is called with a name that is not a plain text literal")
        elif name.value.startswith("_"):
            self.report.at(name, "DAS208", f"the attribute `{name.value}` is not permitted")
        elif function == "getattr":
            self._read(name, node.args[0], name.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        if id(node.value) in self.tainted:
            self.tainted.add(id(node))
        elif not isinstance(node.ctx, ast.Load):
            remedy = remedies.WRITES.get(node.attr, "")
            self.report.at(node, "DAS212", f"the attribute `{node.attr}` is written", remedy=remedy)
        elif node.attr.startswith("_"):
            self._refuse(node, "DAS208", f"the attribute `{node.attr}` is not permitted")
        else:
            self._read(node, node.value, node.attr)

    def _read(self, node: ast.expr, owner: ast.expr, name: str) -> None:
        module = self.context.imports.module_of(owner, self.terms)
        if module:
            if name not in self.terms.modules[module] and f"{module}.{name}" not in self.terms.modules:
                refuse_member(node, module, name, self.terms, self.report)
                self.tainted.add(id(node))
            return
        kind = self._parameter_kind(owner)
        if kind == "model":
            self._read_model(node, owner, name)
        elif kind == "generator":
            self._read_generator(node, owner, name)
        else:
            permitted = self.terms.attributes["array"] if kind == "rows" else self.terms.attribute_names
            if name not in permitted:
                remedy = remedies.for_attribute(name, self.terms, permitted)
                self._refuse(node, "DAS205", f"the attribute `{name}` is not permitted", remedy)

    def _parameter_kind(self, owner: ast.expr) -> str:
        """Return what kind of argument a name stands for, when its function binds it as a parameter only."""
        if isinstance(owner, ast.Name) and self.scopes[id(owner)].kinds(owner.id) == {"parameter"}:
            return self.terms.interface.kinds.get(owner.id, "")
        return ""

    def _read_model(self, node: ast.expr, owner: ast.expr, name: str) -> None:
        model = ast.unparse(owner)
        if name not in self.terms.interface.methods.get(model, ()):
            remedy = remedies.for_model(self.terms.interface)
            self._refuse(node, "DAS206", f"`{model}.{name}` does not exist in the interface", remedy)

    def _read_generator(self, node: ast.expr, owner: ast.expr, name: str) -> None:
        generator, permitted = ast.unparse(owner), self.terms.attributes["generator"]
        if name not in permitted:
            remedy = remedies.for_generator(name, generator, permitted)
            self._refuse(node, "DAS207", f"`{generator}.{name}` does not exist for programs", remedy)

    def _refuse(self, node: ast.expr, rule: str, message: str, remedy: str = "") -> None:
        self.tainted.add(id(node))
        self.report.at(node, rule, message, remedy=remedy)
