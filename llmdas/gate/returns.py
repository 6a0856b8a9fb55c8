"""Whether every way through the function ends in returning something that can be the array asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from llmdas.gate.report import Report

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_Inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


def check_returns(node: _Definition, report: Report) -> None:
    """Check the returns of a function, those of functions inside it left out."""
    for inner in _own(node):
        if isinstance(inner, ast.Yield | ast.YieldFrom):
            report.at(inner, "DAS105", f"`{node.name}` is a generator")
        elif isinstance(inner, ast.Return):
            _check_return(inner, report)
    if not _ends(node.body):
        report.at(node.body[-1], "DAS108", f"`{node.name}` can come to its end without returning the array")


def _check_return(node: ast.Return, report: Report) -> None:
    value = node.value
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        report.at(node, "DAS108", "this returns None instead of the array")
    elif isinstance(value, ast.Tuple) and value.elts:
        report.at(node, "DAS110", f"this returns {len(value.elts)} values instead of one array")
    elif _is_literal(value):
        report.at(node, "DAS109", "this returns a constant instead of the array")


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Set | ast.Tuple):
        return all(_is_literal(part) for part in node.elts)
    if isinstance(node, ast.Dict):
        return all(_is_literal(part) for part in (*node.values, *(key for key in node.keys if key)))
    if isinstance(node, ast.UnaryOp):
        return _is_literal(node.operand)
    return isinstance(node, ast.Constant | ast.JoinedStr | ast.Lambda)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes inside, without entering inner functions."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _Inner):
            yield from _own(child)


def _ends(body: Sequence[ast.stmt]) -> bool:
    """Tell whether control never falls off the end of these statements."""
    return any(_stops(statement) for statement in body)


def _stops(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return | ast.Raise):
        return True
    if isinstance(node, ast.If):
        return _ends(node.body) and _ends(node.orelse)
    if isinstance(node, ast.With):
        return _ends(node.body)
    if isinstance(node, ast.Try):
        handled = all(_ends(handler.body) for handler in node.handlers)
        return _ends(node.finalbody) or (handled and (_ends(node.body) or _ends(node.orelse)))
    if isinstance(node, ast.For | ast.While):
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        return (endless or _ends(node.orelse)) and not _breaks(node.body)
    return False


def _breaks(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a loop with this body has a `break` of its own."""
    for statement in body:
        if isinstance(statement, ast.Break):
            return True
        if isinstance(statement, ast.For | ast.While):
            if _breaks(statement.orelse):
                return True
            continue
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        blocks += [handler.body for handler in getattr(statement, "handlers", [])]
        if not isinstance(statement, _Inner) and any(_breaks(block) for block in blocks):
            return True
    return False
