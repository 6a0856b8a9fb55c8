"""Deny by default over the classes of `ast`: what the policy does not list is refused, also what Python adds later."""

from __future__ import annotations

import ast

from llmdas.gate.report import Report
from llmdas.gate.terms import Terms

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


def check_syntax(tree: ast.Module, terms: Terms, report: Report) -> None:
    """Report the outermost refused node of every branch of the tree, and every decorator."""
    stack: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while stack:
        node, place = stack.pop()
        place = node if hasattr(node, "lineno") else place
        kind = type(node).__name__
        if kind not in terms.syntax:
            report.at(place, "DAS209", f"{_WORDS.get(kind, kind)} is not permitted", remedy=_REMEDIES.get(kind, ""))
            continue
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                report.at(decorator, "DAS209", "a decorator is not permitted", remedy="Remove the decorator.")
        stack.extend((child, place) for child in ast.iter_child_nodes(node))
