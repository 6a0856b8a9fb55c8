"""One walk over a program's tree, kept as lists, so that no check walks it again."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar, cast, overload

_Node = TypeVar("_Node", bound=ast.AST)
_Other = TypeVar("_Other", bound=ast.AST)


class Tree:
    """A parsed program and all its nodes.

    Attributes:
        module: the program as `ast` parsed it.
        levels: nodes by depth, the module alone at depth 0; from left to right in each.
        nodes: all of them, outer before inner, in the order of `ast.walk`.
    """

    __slots__ = ("_by_kind", "levels", "module", "nodes")

    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self.levels: list[list[ast.AST]] = []
        level: list[ast.AST] = [module]
        while level:
            self.levels.append(level)
            level = below(level)
        self.nodes = [node for level in self.levels for node in level]
        self._by_kind: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        for node in self.nodes:
            self._by_kind[node.__class__].append(node)

    def kinds(self) -> frozenset[type[ast.AST]]:
        """Return the classes of all nodes."""
        return frozenset(self._by_kind)

    def of(self, kind: type[_Node]) -> Sequence[_Node]:
        """Return all nodes of a class (not of its subclasses), outer before inner."""
        return cast("Sequence[_Node]", self._by_kind.get(kind, ()))

    @overload
    def among(self, one: type[_Node], other: type[_Other], /) -> Sequence[_Node | _Other]: ...

    @overload
    def among(self, *kinds: type[ast.AST]) -> Sequence[ast.AST]: ...

    def among(self, *kinds: type[ast.AST]) -> Sequence[ast.AST]:
        """Return all nodes of several classes, outer before inner."""
        present = [kind for kind in kinds if kind in self._by_kind]
        if len(present) < 2:
            return self.of(present[0]) if present else ()
        return [node for node in self.nodes if node.__class__ in present]


def below(level: list[ast.AST]) -> list[ast.AST]:
    """Return the children of all nodes of a level. Written for speed: every check waits for this loop."""
    found: list[ast.AST] = []
    add, extend, node_class, constant, plain_name = found.append, found.extend, ast.AST, ast.Constant, ast.Name
    for node in level:
        kind = node.__class__
        if kind is plain_name:
            add(node.ctx)  # type: ignore[attr-defined] # a Name by its class
            continue
        if kind is constant:
            continue
        for name in node._fields:
            value = getattr(node, name, None)
            if value.__class__ is list:
                extend([part for part in value if isinstance(part, node_class)])
            elif isinstance(value, node_class):
                add(value)
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly below one, from left to right."""
    return below([node])


def within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it, outer before inner."""
    level = [node]
    while level:
        yield from level
        level = below(level)
