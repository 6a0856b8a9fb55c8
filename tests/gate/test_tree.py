"""The one walk: the same nodes in the same order as `ast.walk`, by depth and by class."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from llmdas.gate.tree import Tree, children, within

PROGRAMS = sorted((Path(__file__).resolve().parents[1] / "programs").glob("*/*.py"))
SOURCES = ["", "x", "def f(a, /, b=1, *c, d, e=2, **g) -> int: return {**a, 1: 2}", "f(*a, **b)", "a < b <= c"]


def _parsed(path: Path) -> ast.Module | None:
    try:
        return ast.parse(path.read_bytes().decode())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


TREES = [*(tree for tree in map(_parsed, PROGRAMS) if tree is not None), *map(ast.parse, SOURCES)]


def test_nodes_are_those_of_ast_walk_in_its_order() -> None:
    assert len(TREES) > 100
    for module in TREES:
        assert Tree(module).nodes == list(ast.walk(module)) == list(within(module))


def test_children_are_those_of_ast() -> None:
    for node in Tree(TREES[0]).nodes:
        assert children(node) == list(ast.iter_child_nodes(node))


def test_levels_are_depths() -> None:
    tree = Tree(ast.parse("x = -y"))
    assert [[type(node).__name__ for node in level] for level in tree.levels] == [
        ["Module"],
        ["Assign"],
        ["Name", "UnaryOp"],
        ["Store", "USub", "Name"],
        ["Load"],
    ]


@pytest.mark.parametrize("kinds", [(ast.Name,), (ast.Name, ast.Call), (ast.Match, ast.Name), (ast.Match,), ()])
def test_nodes_of_several_classes_are_in_order(kinds: tuple[type[ast.AST], ...]) -> None:
    for module in TREES:
        assert list(Tree(module).among(*kinds)) == [node for node in ast.walk(module) if type(node) in kinds]


def test_nodes_of_one_class() -> None:
    tree = Tree(ast.parse("a = b(c)"))
    assert [node.id for node in tree.of(ast.Name)] == ["a", "b", "c"]
    assert list(tree.of(ast.Match)) == []
    assert ast.Call in tree.kinds()
    assert ast.Match not in tree.kinds()
