"""Which trees the restricted compiler cannot refuse, told from their nodes and names alone, so that it need not run.

A program is plain when it has only kinds of nodes that RestrictedPython permits without a condition, no name that it
looks at twice, and nothing of what CPython's compiler still refuses in a tree that was parsed (3.11 to 3.14): `return`
outside of functions, `break` and `continue` outside of loops, doubled parameters and keywords, `except:` that is not
last, starred targets, future imports, nested comprehensions with `:=`. Whatever is not plain is compiled; the guest
compiles every program in any case.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from llmdas.gate.tree import Tree, within
from llmdas_sandbox.guest.restricted import RESERVED_NAMES

_KINDS: frozenset[type[ast.AST]] = frozenset({
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Lambda, ast.Return,
    ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.Pass, ast.Break, ast.Continue, ast.Assert,
    ast.Raise, ast.If, ast.For, ast.While, ast.With, ast.withitem, ast.Try, ast.ExceptHandler,
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.NamedExpr, ast.Call, ast.keyword, ast.Starred,
    ast.Name,    ast.Attribute, ast.Subscript, ast.Slice, ast.Constant, ast.JoinedStr, ast.FormattedValue,
    ast.Tuple, ast.List, ast.Set, ast.Dict,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension,
    ast.Load, ast.Store, ast.Del, ast.And, ast.Or, ast.Not, ast.Invert, ast.UAdd, ast.USub, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd, ast.MatMult,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn,
})  # fmt: skip
_MAX_TARGETS = 255  # before a star, by the compiler
_NAMES = RESERVED_NAMES | {"print", "exec", "eval"}
# Nothing of these at module level can hold a `return`.
_AT_TOP = (ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)


def is_plain(tree: Tree) -> bool:
    """Tell whether the restricted compiler surely accepts a tree; False says nothing.

    The tree is known to be of moderate depth, with no more blocks in each other than compilers take.
    """
    return (
        tree.kinds() <= _KINDS
        and all(isinstance(statement, _AT_TOP) for statement in tree.module.body)
        and not any(_is_special(name) for name in _names(tree))
        and all(_is_plain_attribute(node) for node in tree.of(ast.Attribute))
        and not any(node.value.__class__ is bytes for node in tree.of(ast.Constant))
        and _are_plain_statements(tree)
        and _are_plain_calls(tree)
    )


def _names(tree: Tree) -> set[str]:
    """Return every name that the tree binds, reads or imports; of attributes see `_is_plain_attribute`."""
    found = {node.id for node in tree.of(ast.Name)}
    found.update([node.arg for node in tree.of(ast.arg)])
    found.update([node.name for node in tree.of(ast.FunctionDef)])
    found.update([node.name for node in tree.of(ast.ExceptHandler) if node.name])
    for alias in tree.of(ast.alias):
        found.update(part for part in (alias.name, alias.asname) if part)
    return found


def _is_special(name: str) -> bool:
    """Tell names of hooks and dunders, star imports among them; one leading underscore is like any other letter."""
    return name in _NAMES or "__" in name or (name[-1] in "_*" and name != "_")


def _is_plain_attribute(node: ast.Attribute) -> bool:
    name = node.attr
    return node.ctx.__class__ is ast.Load and name[0] != "_" and "__" not in name and name not in INSPECT_ATTRIBUTES


def _are_plain_statements(tree: Tree) -> bool:
    jumps = tree.among(ast.Break, ast.Continue)
    return (
        _is_plain_future(tree.module)
        and all(node.module != "__future__" or node in tree.module.body for node in tree.of(ast.ImportFrom))
        and not any(node.type is None for node in tree.of(ast.ExceptHandler))
        and not any(isinstance(node.optional_vars, ast.Tuple | ast.List) for node in tree.of(ast.withitem))
        and not any(node.is_async for node in tree.of(ast.comprehension))
        and _are_plain_bindings(tree)
        and not (jumps and any(_jumps(node.body) for node in tree.of(ast.FunctionDef)))
    )


def _is_plain_future(module: ast.Module) -> bool:
    """Tell whether the first imports, below a docstring at most, are all that name `__future__`."""
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    first = 0 if ast.get_docstring(module, clean=False) is None else 1
    known = all(node.level == 0 and [alias.name for alias in node.names] == ["annotations"] for node in imports)
    return known and module.body[first : first + len(imports)] == imports


def _are_plain_bindings(tree: Tree) -> bool:
    """Tell whether no `:=` binds what a comprehension does, or stands in what one goes through."""
    bound = {node.target.id for node in tree.of(ast.NamedExpr)}
    return not any(
        any(isinstance(inner, ast.NamedExpr) for inner in within(part.iter))
        or any(isinstance(inner, ast.Name) and inner.id in bound for inner in within(part.target))
        for part in (tree.of(ast.comprehension) if bound else ())
    )


def _are_plain_calls(tree: Tree) -> bool:
    calls = tree.of(ast.Call)
    return (
        _are_plain_stars(tree)
        and not any(_repeats(part.arg for part in node.keywords if part.arg) for node in calls if node.keywords[1:])
        and not any(_repeats(part.arg for part in _parameters(node)) for node in tree.of(ast.arguments))
    )


def _are_plain_stars(tree: Tree) -> bool:
    """Tell whether `*` only unpacks into calls and displays, and from a sequence once for each."""
    stars = tree.of(ast.Starred)
    if not stars:
        return True
    owners: list[Sequence[ast.expr]] = [node.args for node in tree.of(ast.Call)]
    displays: list[ast.Tuple | ast.List | ast.Set] = [*tree.of(ast.Tuple), *tree.of(ast.List), *tree.of(ast.Set)]
    owners += [node.elts for node in displays]
    known = [parts for parts in owners if any(part.__class__ is ast.Starred for part in parts)]
    return sum(map(_stars, known)) == len(stars) and all(
        _stars(node.elts) < 2 and len(node.elts) <= _MAX_TARGETS
        for node in displays
        if not isinstance(node, ast.Set) and node.ctx.__class__ is ast.Store
    )


def _stars(parts: Sequence[ast.expr]) -> int:
    return sum(part.__class__ is ast.Starred for part in parts)


def _parameters(node: ast.arguments) -> Iterator[ast.arg]:
    yield from (*node.posonlyargs, *node.args, *node.kwonlyargs)
    yield from (part for part in (node.vararg, node.kwarg) if part)


def _repeats(names: Iterable[str]) -> bool:
    every = list(names)
    return len(set(every)) < len(every)


def _jumps(body: Sequence[ast.stmt]) -> bool:
    """Tell whether statements that stand in no loop hold a `break` or `continue` of their own."""
    for node in body:
        if isinstance(node, ast.Break | ast.Continue):
            return True
        if isinstance(node, ast.For | ast.While):
            if _jumps(node.orelse):
                return True
        elif isinstance(node, ast.If | ast.With | ast.Try) and any(_jumps(block) for block in _blocks(node)):
            return True
    return False


def _blocks(node: ast.If | ast.With | ast.Try) -> Iterator[Sequence[ast.stmt]]:
    yield node.body
    if not isinstance(node, ast.With):
        yield node.orelse
    if isinstance(node, ast.Try):
        yield node.finalbody
        yield from (handler.body for handler in node.handlers)
