"""Which names a program binds, where, and what each use refers to (Python reference, 4.2 Naming and binding)."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

BindingKind = Literal["import", "parameter", "function", "class", "value", "exception"]
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(slots=True)
class Scope:
    """One scope; `names` are bound in it, how says their value; `transparent` ones pass a walrus on to their parent."""

    parent: Scope | None
    names: dict[str, set[BindingKind]] = field(default_factory=dict)
    transparent: bool = False
    is_class: bool = False

    def kinds(self, name: str) -> set[BindingKind]:
        """Return how the name that is seen from here is bound; empty when it is not.

        A class hides its names from functions inside.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope.names[name]
            scope = scope.parent
        return set()

    def visible(self) -> set[str]:
        """Return all names bound here or around."""
        return set(self.names) | (self.parent.visible() if self.parent else set())


@dataclass(frozen=True, slots=True)
class Binding:
    """One place where a name gets a value; `node` says where, `value` is what a plain assignment binds."""

    name: str
    kind: BindingKind
    node: ast.AST
    value: ast.expr | None = None


@dataclass(slots=True)
class Names:
    """All bindings by name, and every use with the scope it is looked up from."""

    bindings: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    uses: list[tuple[ast.Name, Scope]] = field(default_factory=list)

    def all(self) -> Iterator[Binding]:
        """Yield every binding."""
        for found in self.bindings.values():
            yield from found


def collect_names(tree: ast.Module) -> Names:
    """Walk the whole program once."""
    collector = _Collector()
    collector.visit(tree)
    return collector.found


class _Collector(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found = Names()
        self.scope = Scope(None)

    def bind(
        self, name: str, kind: BindingKind, node: ast.AST, scope: Scope | None = None, value: ast.expr | None = None
    ) -> None:
        (scope or self.scope).names.setdefault(name, set()).add(kind)
        self.found.bindings[name].append(Binding(name, kind, node, value))

    def within(self, scope: Scope, nodes: Iterable[ast.AST]) -> None:
        before, self.scope = self.scope, scope
        for node in nodes:
            self.visit(node)
        self.scope = before

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.found.uses.append((node, self.scope))
        else:
            self.bind(node.id, "value", node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and len(node.targets) == 1:
                self.bind(target.id, "value", target, value=node.value)
            else:
                self.visit(target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self.scope
        while scope.transparent and scope.parent is not None:
            scope = scope.parent
        self.bind(node.target.id, "value", node.target, scope)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.bind(node.target.id, "value", node.target)
        else:
            self.visit(node.target)
        self.visit(node.value)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            self.bind(name if isinstance(node, ast.ImportFrom) else name.partition(".")[0], "import", alias)

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bind(node.name, "function", node)
        for outer in (*node.decorator_list, *([node.returns] if node.returns else [])):
            self.visit(outer)
        self._function(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, [node.body])

    def _function(self, node: _Function, body: Iterable[ast.AST]) -> None:
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        given = [argument for argument in every if argument is not None]
        for outer in (*arguments.defaults, *arguments.kw_defaults, *(argument.annotation for argument in given)):
            if outer is not None:
                self.visit(outer)
        scope = Scope(self.scope)
        for argument in given:
            self.bind(argument.arg, "parameter", argument, scope)
        self.within(scope, body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bind(node.name, "class", node)
        for outer in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outer)
        self.within(Scope(self.scope, is_class=True), node.body)

    def _comprehension(self, node: _Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)  # evaluated outside the comprehension
        scope = Scope(self.scope, transparent=True)
        self.within(scope, [first.target, *first.ifs, *others])
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.within(scope, [part for part in parts if part is not None])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bind(node.name, "exception", node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.bind(node.name, "value", node)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        for name in node.names:
            self.bind(name, "value", node)

    visit_Nonlocal = visit_Global
