"""Which names a program binds, where, and what each use refers to (Python reference, 4.2 Naming and binding)."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmdas.gate.tree import below

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
    """Go through the whole program once, scope by scope."""
    collector = _Collector()
    collector.regions.append((Scope(None), [tree]))
    for scope, nodes in collector.regions:  # grows while it is read
        collector.scope = scope
        collector.read(nodes)
    return collector.found


class _Collector:
    """Reads one scope after the other; each method reads one kind of node and returns what else stands in its scope."""

    def __init__(self) -> None:
        self.found = Names()
        self.scope = Scope(None)
        self.regions: list[tuple[Scope, list[ast.AST]]] = []

    def read(self, nodes: list[ast.AST]) -> None:
        """Read nodes of the present scope and all below them, inner scopes left out."""
        while nodes:
            others: list[ast.AST] = []
            following: list[ast.AST] = []
            for node in nodes:
                reader = _READERS.get(node.__class__)
                if reader is None:
                    others.append(node)
                else:
                    following += reader(self, node)
            nodes = below(others) + following

    def bind(
        self, name: str, kind: BindingKind, node: ast.AST, scope: Scope | None = None, value: ast.expr | None = None
    ) -> None:
        (scope or self.scope).names.setdefault(name, set()).add(kind)
        self.found.bindings[name].append(Binding(name, kind, node, value))

    def name(self, node: ast.Name) -> _Rest:
        if node.ctx.__class__ is ast.Load:
            self.found.uses.append((node, self.scope))
        else:
            self.bind(node.id, "value", node)
        return ()

    def assign(self, node: ast.Assign) -> _Rest:
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Name):
            return (node.value, *node.targets)
        self.bind(target.id, "value", target, value=node.value)
        return (node.value,)

    def annotated(self, node: ast.AnnAssign) -> _Rest:
        """Read an annotated assignment; without a value the name stays what it was, at module level a builtin."""
        target = node.target
        if not isinstance(target, ast.Name):
            return below([node])
        if node.value is None:
            self.found.bindings[target.id].append(Binding(target.id, "value", target))
            return (node.annotation,)
        self.bind(target.id, "value", target, value=node.value)
        return (node.annotation, node.value)

    def walrus(self, node: ast.NamedExpr) -> _Rest:
        scope = self.scope
        while scope.transparent and scope.parent is not None:
            scope = scope.parent
        self.bind(node.target.id, "value", node.target, scope)
        return (node.value,)

    def imports(self, node: ast.Import | ast.ImportFrom) -> _Rest:
        for alias in node.names:
            name = alias.asname or alias.name
            self.bind(name if isinstance(node, ast.ImportFrom) else name.partition(".")[0], "import", alias)
        return ()

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> _Rest:
        self.bind(node.name, "function", node)
        outer = (*node.decorator_list, *([node.returns] if node.returns else []))
        return (*outer, *self._parameters(node, node.body))

    def anonymous(self, node: ast.Lambda) -> _Rest:
        return self._parameters(node, [node.body])

    def _parameters(self, node: _Function, body: Iterable[ast.AST]) -> _Rest:
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        given = [argument for argument in every if argument is not None]
        scope = Scope(self.scope)
        for argument in given:
            self.bind(argument.arg, "parameter", argument, scope)
        self.regions.append((scope, list(body)))
        outer = (*arguments.defaults, *arguments.kw_defaults, *(argument.annotation for argument in given))
        return [part for part in outer if part is not None]

    def class_(self, node: ast.ClassDef) -> _Rest:
        self.bind(node.name, "class", node)
        self.regions.append((Scope(self.scope, is_class=True), [*node.body]))
        return (*node.decorator_list, *node.bases, *node.keywords)

    def comprehension(self, node: _Comprehension) -> _Rest:
        first, *others = node.generators
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        inner = [first.target, *first.ifs, *others, *(part for part in parts if part is not None)]
        self.regions.append((Scope(self.scope, transparent=True), inner))
        return (first.iter,)  # evaluated outside the comprehension

    def handler(self, node: ast.ExceptHandler) -> _Rest:
        if node.name:
            self.bind(node.name, "exception", node)
        return below([node])

    def capture(self, node: ast.MatchAs | ast.MatchStar) -> _Rest:
        if node.name:
            self.bind(node.name, "value", node)
        return below([node])

    def declared(self, node: ast.Global | ast.Nonlocal) -> _Rest:
        for name in node.names:
            self.bind(name, "value", node)
        return ()


_Rest = Iterable[ast.AST]
_READERS: Mapping[type[ast.AST], Callable[[_Collector, Any], _Rest]] = {
    ast.Name: _Collector.name,
    ast.Assign: _Collector.assign,
    ast.AnnAssign: _Collector.annotated,
    ast.NamedExpr: _Collector.walrus,
    ast.Import: _Collector.imports,
    ast.ImportFrom: _Collector.imports,
    ast.FunctionDef: _Collector.function,
    ast.AsyncFunctionDef: _Collector.function,
    ast.Lambda: _Collector.anonymous,
    ast.ClassDef: _Collector.class_,
    ast.ListComp: _Collector.comprehension,
    ast.SetComp: _Collector.comprehension,
    ast.DictComp: _Collector.comprehension,
    ast.GeneratorExp: _Collector.comprehension,
    ast.ExceptHandler: _Collector.handler,
    ast.MatchAs: _Collector.capture,
    ast.MatchStar: _Collector.capture,
    ast.Global: _Collector.declared,
    ast.Nonlocal: _Collector.declared,
}
