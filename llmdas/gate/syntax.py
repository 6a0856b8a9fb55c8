"""Deny by default over the classes of `ast`: what the policy does not list is refused, also what Python adds later."""

from __future__ import annotations

import ast

from llmdas.gate.report import Report
from llmdas.gate.terms import Terms
from llmdas.gate.tree import Tree

_WORDS = {
    "AsyncFor": "`async for`",
    "AsyncFunctionDef": "`async def`",
    "AsyncWith": "`async with`",
    "Await": "`await`",
    "ClassDef": "a class",
    "Global": "`global`",
    "Interpolation": "a template string",
    "Match": "`match`",
    "Nonlocal": "`nonlocal`",
    "TemplateStr": "a template string",
    "TryStar": "`except*`",
    "TypeAlias": "`type`",
    "Yield": "`yield`",
    "YieldFrom": "`yield from`",
}
_REMEDIES = {
    "ClassDef": "Use plain functions, tuples and dicts.",
    "Global": "Pass the value as an argument and return it.",
    "Match": "Use `if` and `elif`.",
    "Nonlocal": "Return the value, or keep it in a list or dict.",
    "Yield": "Collect the values in a list and return it.",
    "YieldFrom": "Collect the values in a list and return it.",
}


def check_syntax(tree: Tree, terms: Terms, report: Report) -> None:
    """Report the outermost refused node of every branch, every decorator and every asynchronous comprehension."""
    if all(kind.__name__ in terms.syntax for kind in tree.kinds()):
        for function in tree.of(ast.FunctionDef):
            _check_decorators(function, report)
    else:
        _refuse(tree.module, terms, report)
    for part in tree.of(ast.comprehension):
        if part.is_async:  # legal in a plain function where it makes a generator
            report.at(part.target, "DAS209", "`async for` is not permitted")


def _refuse(tree: ast.Module, terms: Terms, report: Report) -> None:
    stack: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while stack:
        node, place = stack.pop()
        place = node if hasattr(node, "lineno") else place
        kind = type(node).__name__
        if kind not in terms.syntax:
            report.at(place, "DAS209", f"{_WORDS.get(kind, kind)} is not permitted", remedy=_REMEDIES.get(kind, ""))
            continue
        if isinstance(node, ast.FunctionDef):
            _check_decorators(node, report)
        stack.extend((child, place) for child in ast.iter_child_nodes(node))


def _check_decorators(function: ast.FunctionDef, report: Report) -> None:
    for decorator in function.decorator_list:
        report.at(decorator, "DAS209", "a decorator is not permitted", remedy="Remove the decorator.")
