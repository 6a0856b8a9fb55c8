"""Names and attributes: only what the policy lists exists, tracked through aliases, parameters and computed access."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from llmdas.gate import remedies
from llmdas.gate.imports import Imports, check_imports, module_values, refuse_member
from llmdas.gate.report import Report
from llmdas.gate.scopes import Binding, BindingKind, Names, Scope, collect_names
from llmdas.gate.terms import Terms, nearest
from llmdas.gate.tree import Tree
from llmdas.gate.values import check_values

# With those that only some of the supported Pythons have.
_BUILTINS = frozenset(dir(builtins)) | {"PythonFinalizationError", "_IncompleteInputError"}
_CHECKED: tuple[type[ast.AST], ...] = (ast.Attribute, ast.Call, ast.Subscript)
_COMPUTED = frozenset({"getattr", "hasattr"})
# Bound to something else, these would mislead a reviewer or take a guard's place.
_CRITICAL = _COMPUTED | frozenset(
    {"breakpoint", "compile", "delattr", "eval", "exec", "globals", "isinstance", "issubclass", "locals", "open",
     "print", "setattr", "super", "vars"}
)  # fmt: skip
_MAX_COMPARED = 500  # comparing names costs time for each pair


@dataclass(frozen=True, slots=True)
class _Context:
    tree: Tree
    names: Names
    imports: Imports
    terms: Terms
    report: Report


def check_names(tree: Tree, terms: Terms, report: Report) -> None:
    """Check imports, names, attributes and keywords."""
    names = collect_names(tree.module)
    imports = check_imports(tree, names, terms, report)
    context = _Context(tree, names, imports, terms, report)
    for binding in names.all():
        _check_binding(binding, report)
    kinds = {id(use): scope.kinds(use.id) for use, scope in names.uses}
    _Attributes(context, kinds).check()
    for node in module_values(tree, imports, names, terms):
        report.at(node, "DAS213", f"the module `{imports.module_of(node, terms)}` is used as a value")
    check_values(tree, names, imports, terms, report)
    for use, scope in names.uses:
        if not kinds[id(use)]:
            _check_unbound(use, scope, context)


def _is_internal(name: str) -> bool:
    return name.startswith("__") or (name.startswith("_") and name.endswith("_") and name != "_")


def _check_binding(binding: Binding, report: Report) -> None:
    if _is_internal(binding.name):
        message = f"the name `{binding.name}` is not permitted"
        report.at(binding.node, "DAS208", message, remedy="Choose a plain name.")
    elif binding.name in _CRITICAL:
        report.at(binding.node, "DAS211", f"the builtin name `{binding.name}` is bound again")


def _check_unbound(use: ast.Name, scope: Scope, context: _Context) -> None:
    """Check a name that the program binds nowhere it could be seen: a builtin, an internal name or a mistake."""
    name, terms, report = use.id, context.terms, context.report
    if name in terms.builtins:
        return
    if name == "__name__" and "DAS111" in report.rules_on(use.lineno):
        return  # the block is to be deleted as a whole
    if _is_internal(name):
        remedy = remedies.INTERNAL.get(name, "")
        report.at(use, "DAS208", f"the name `{name}` is not permitted", remedy=remedy)
    elif name in _BUILTINS:
        near = nearest(name, terms.builtins)
        remedy = remedies.BUILTINS.get(name) or (f"The nearest permitted builtin is `{near}`." if near else "")
        report.at(use, "DAS203", f"the builtin `{name}` is not permitted", remedy=remedy)
    elif name not in context.imports.refused:
        remedy = "" if report.full else _define(name, scope, terms)
        report.at(use, "DAS204", f"the name `{name}` is not defined here", remedy=remedy)


def _define(name: str, scope: Scope, terms: Terms) -> str:
    if name in terms.aliases:
        return f"Begin the program with `import {terms.aliases[name]} as {name}`."
    if name in terms.modules:
        return f"Begin the program with `import {name}`."
    seen = {name for name in scope.visible() if not name.startswith("__")}
    near = nearest(name, seen | terms.builtins) if len(seen) <= _MAX_COMPARED else None
    return f"The nearest name that is defined here is `{near}`." if near else ""


class _Attributes:
    """Checks attributes from the inside out; what stands on a refused expression is not reported again."""

    def __init__(self, context: _Context, kinds: Mapping[int, set[BindingKind]]) -> None:
        self.context, self.terms, self.report, self.kinds = context, context.terms, context.report, kinds
        self.permitted = context.terms.attribute_names
        self.tainted: set[int] = set()
        self.called = {id(node.func) for node in context.tree.of(ast.Call)}

    def check(self) -> None:
        self._names()
        for node in reversed(self.context.tree.among(*_CHECKED)):
            if isinstance(node, ast.Attribute):
                self._attribute(node)
            elif isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Subscript) and id(node.value) in self.tainted:
                self.tainted.add(id(node))

    def _names(self) -> None:
        refused, computed = self.context.imports.refused, _COMPUTED - self.context.names.bindings.keys()
        for node in self.context.tree.of(ast.Name):
            undefined = not self.kinds.get(id(node), True) and node.id not in self.terms.builtins
            if undefined or node.id in refused:
                self.tainted.add(id(node))
            if node.id in computed and id(node) not in self.called:
                self.report.at(node, "DAS215", f"`{node.id}` is used as a value, so what it reads cannot be judged")

    def _call(self, node: ast.Call) -> None:
        if id(node.func) in self.tainted:
            self.tainted.add(id(node))
        if isinstance(node.func, ast.Name) and node.func.id in _COMPUTED:
            self._computed(node, node.func.id)
        for keyword in node.keywords:
            if keyword.arg is None:
                self._unpacked(keyword.value)
            else:
                self._keyword(keyword, keyword.arg)

    def _unpacked(self, value: ast.expr) -> None:
        """Check the keys of ``**{...}`` and of ``**options`` where the name is bound once, to such a dict."""
        waiting, seen = [value], set[int]()
        while waiting:
            found = waiting.pop()
            if isinstance(found, ast.Name):
                bindings = self.context.names.bindings.get(found.id, [])
                found = bindings[0].value or found if len(bindings) == 1 else found
            if isinstance(found, ast.Dict) and id(found) not in seen:  # a dict may be unpacked into itself, or twice
                seen.add(id(found))
                waiting.extend(self._keys(found))

    def _keys(self, node: ast.Dict) -> Iterator[ast.expr]:
        """Check the keys of one dict; yield what it unpacks."""
        for key, part in zip(node.keys, node.values, strict=True):
            if key is None:
                yield part
            elif isinstance(key, ast.BinOp | ast.JoinedStr | ast.Call):
                self.report.at(key, "DAS210", "a keyword is put together at run time", remedy="Write the keyword.")
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._keyword(key, key.value)

    def _keyword(self, node: ast.AST, name: str) -> None:
        """Check the name of a keyword, written as one or as a key."""
        if name in self.terms.keywords:
            self.report.at(node, "DAS210", f"the keyword `{name}` is not permitted: it {self.terms.keywords[name]}")
        elif _is_internal(name):
            self.report.at(node, "DAS208", f"the keyword `{name}` is not permitted")

    def _computed(self, node: ast.Call, function: str) -> None:
        """Check ``getattr(x, "name")`` as if it were ``x.name``; `hasattr` may ask for any plain name."""
        name = node.args[1] if len(node.args) > 1 else None
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)  # what stands second is not known
        if starred or not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            self.report.at(node, "DAS215", f"`{function}` is called with a name that is not a plain text literal")
        elif name.value.startswith("_"):
            message = f"the attribute `{name.value}` is not permitted"
            self.report.at(name, "DAS208", message, remedy=self._public(node.args[0]))
        elif function == "getattr":
            self._read(name, node.args[0], name.value)

    def _attribute(self, node: ast.Attribute) -> None:
        if id(node.value) in self.tainted:
            self.tainted.add(id(node))
        elif not isinstance(node.ctx, ast.Load):
            remedy = remedies.WRITES.get(node.attr, "")
            self.report.at(node, "DAS212", f"the attribute `{node.attr}` is written", remedy=remedy)
        elif node.attr.startswith("_"):
            self._refuse(node, "DAS208", f"the attribute `{node.attr}` is not permitted", self._public(node.value))
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
            permitted = self.terms.attributes["array"] if kind == "rows" else self.permitted
            if name not in permitted:
                remedy = "" if self.report.full else remedies.for_attribute(name, self.terms, permitted)
                self._refuse(node, "DAS205", f"the attribute `{name}` is not permitted", remedy)

    def _parameter_kind(self, owner: ast.expr) -> str:
        """Return what kind of argument a name stands for, when its function binds it as a parameter only."""
        if isinstance(owner, ast.Name) and self.kinds[id(owner)] == {"parameter"}:
            return self.terms.interface.kinds.get(owner.id, "")
        return ""

    def _public(self, owner: ast.expr) -> str:
        """Say what to use in place of an internal attribute of the model; of anything else nothing."""
        return remedies.for_model(self.terms.interface) if self._parameter_kind(owner) == "model" else ""

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
