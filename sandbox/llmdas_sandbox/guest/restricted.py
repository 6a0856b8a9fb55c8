"""Compiles a program with RestrictedPython so that every attribute, item and import passes a guard at run time.

The gate and the guest compile the same bytes with this one function, so what was judged is what runs. Beyond
RestrictedPython's own policy, everyday numpy is permitted: annotated assignment, ``x[i] += v`` with its in-place
meaning (dtype and aliasing kept), helper names with one leading underscore, and plain `print`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType
from typing import Any, TypeVar

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, IOPERATOR_TO_STR, RestrictingNodeTransformer

_Node = TypeVar("_Node", bound=ast.AST)
# Contexts and operators hold nothing, and RestrictedPython permits each of them as it is.
_LEAVES: frozenset[type[ast.AST]] = frozenset(
    {ast.Load, ast.Store, ast.Del, ast.And, ast.Or, ast.Not, ast.Invert, ast.UAdd, ast.USub, ast.Add, ast.Sub,
     ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd,
     ast.MatMult, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn}
)  # fmt: skip
RESERVED_NAMES = frozenset({"printed", "builtins", "breakpoint"})
_CHECKED_NAMES = RESERVED_NAMES | {"print"}


@dataclass(frozen=True, slots=True, order=True)
class CompileError:
    """One reason why a program does not compile; `line` is 1-based, 0 when it concerns the whole source."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """The result of compiling: `code` is None exactly when there are errors."""

    code: CodeType | None
    errors: tuple[CompileError, ...]


def compile_program(source: bytes, filename: str = "program.py") -> Compiled:
    """Compile a program's exact bytes, strict UTF-8, under the restricted policy; never raises."""
    return _compiled(lambda: ast.parse(_text(source), filename), filename)


def compile_tree(tree: ast.Module, filename: str = "program.py") -> Compiled:
    """Compile what `ast.parse` made of a program's text, as `compile_program` does; uses the tree up, never raises."""
    return _compiled(lambda: tree, filename)


def _compiled(parse: Callable[[], ast.Module], filename: str) -> Compiled:
    errors: list[CompileError] = []
    code = None
    try:
        with _quiet():
            tree = parse()
            ProgramTransformer(errors).visit(tree)
            if not errors:
                # dont_inherit: this module's own future statement must not change the meaning of the program.
                code = compile(tree, filename, "exec", dont_inherit=True, optimize=0)
    except SyntaxError as error:
        errors.append(CompileError(error.lineno or 0, f"SyntaxError: {error.msg}"))
    except UnicodeDecodeError as error:
        errors.append(CompileError(0, f"the source is not UTF-8: {error.reason} at byte {error.start}"))
    except Exception as error:  # nesting, memory, null bytes, literals: whatever a parser may raise is a refusal
        errors.append(CompileError(0, f"{type(error).__name__}: {error or 'the source cannot be compiled'}"))
    return Compiled(None if errors else code, tuple(sorted(set(errors))))


def _text(source: bytes) -> str:
    """Decode; as text, an encoding declaration in the source has no effect (PEP 263 applies to bytes only)."""
    text = source.decode("utf-8", "strict")
    if "\0" in text:
        raise ValueError("the source contains a null byte")
    return text


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the compiler's SyntaxWarnings silent, whatever the process's filters say: they are no part of a verdict."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class QuickTransformer(RestrictingNodeTransformer):
    """RestrictedPython's policy and its very tree, in a fraction of the time.

    RestrictedPython walks all that stands in a node again whenever it puts a new one around it. Here new nodes get
    their places when they are made. What is checked and what comes out is the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.visitors: dict[type[ast.AST], Callable[[ast.AST], Any]] = {}

    def visit(self, node: ast.AST) -> Any:
        """Pass a node to the method of its class, `generic_visit` where there is none, which refuses it."""
        visitor = self.visitors.get(node.__class__)
        if visitor is None:
            found: Callable[[ast.AST], Any] = getattr(self, f"visit_{node.__class__.__name__}", self.generic_visit)
            visitor = self.visitors[node.__class__] = found
        return visitor(node)

    def node_contents_visit(self, node: _Node) -> _Node:
        """Visit all that stands in a node and put what comes out of it in its place."""
        for name in node._fields:
            old = getattr(node, name, None)
            kind = old.__class__
            if kind is list:
                if old:
                    old[:] = self._visit_all(old)
            elif kind not in _LEAVES and isinstance(old, ast.AST):
                new = self.visit(old)
                if new is None:
                    delattr(node, name)
                elif new is not old:
                    setattr(node, name, new)
        return node

    def _visit_all(self, parts: list[Any]) -> list[Any]:
        found = []
        for part in parts:
            new = self.visit(part) if isinstance(part, ast.AST) else part
            if isinstance(new, list):
                found += new
            elif new is not None or part is None:
                found.append(new)
        return found

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Check the name; ``a.b`` becomes ``_getattr_(a, "b")``, ``a.b = c`` becomes ``_write_(a).b = c``."""
        name = node.attr
        if name.startswith("_") and name != "_":
            self.error(node, f'"{name}" is an invalid attribute name because it starts with "_".')
        if name.endswith("__roles__"):
            self.error(node, f'"{name}" is an invalid attribute name because it ends with "__roles__".')
        if name in INSPECT_ATTRIBUTES:
            self.error(node, f'"{name}" is a restricted name, that is forbidden to access in RestrictedPython.')
        self.node_contents_visit(node)
        if isinstance(node.ctx, ast.Load):
            where = _where(node)
            return ast.Call(_name("_getattr_", where), [node.value, ast.Constant(name, **where)], [], **where)
        where = _where(node.value)
        node.value = ast.Call(_name("_write_", where), [node.value], [], **where)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``a[b]`` becomes ``_getitem_(a, b)``, ``a[b] = c`` becomes ``_write_(a)[b] = c``."""
        self.node_contents_visit(node)
        where = _where(node)
        if isinstance(node.ctx, ast.Load):
            return ast.Call(_name("_getitem_", where), [node.value, node.slice], [], **where)
        node.value = ast.Call(_name("_write_", where), [node.value], [], **where)
        return node


def _where(node: ast.expr | ast.stmt) -> Any:
    """Return a node's place as arguments for a new node."""
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }


def _name(name: str, where: Any) -> ast.Name:
    return ast.Name(name, ast.Load(), **where)


def _place(new: ast.AST, old: ast.expr | ast.stmt) -> None:
    """Give a new node, and what is new below it, the place of an old one; what has a place keeps it."""
    where = _where(old)
    new.__dict__.update(where)
    waiting = [new]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if "lineno" in child._attributes and not hasattr(child, "lineno"):
                child.__dict__.update(where)
                waiting.append(child)


class ProgramTransformer(QuickTransformer):
    """RestrictedPython's policy, widened to everyday numpy; collects `CompileError` records."""

    def __init__(self, errors: list[CompileError]) -> None:
        super().__init__()
        self.found = errors

    def error(self, node: ast.AST, info: str) -> None:
        """Record one error where RestrictedPython found it."""
        self.found.append(CompileError(getattr(node, "lineno", 0), info))

    def gen_tmp_name(self) -> str:
        """Return a fresh name that no program can spell, see `check_name`."""
        self._tmp_idx += 1
        return f"_tmp{self._tmp_idx}_"

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        """Refuse names of hooks and dunders; ``_helper`` is harmless, for every hook and temporary ends in ``_``."""
        if not name or name == "_":
            return
        if name[0] != "_" and name[-1] != "_" and name not in _CHECKED_NAMES:
            return  # nearly all
        if name.startswith("__") or (name.startswith("_") and name.endswith("_")):
            self.error(node, f'"{name}" is an invalid variable name because it starts and ends like an internal name.')
        elif name.endswith("__roles__"):
            self.error(node, f'"{name}" is an invalid variable name because it ends with "__roles__".')
        elif name in RESERVED_NAMES:
            self.error(node, f'"{name}" is a reserved name.')
        elif name == "print" and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
            self.error(node, '"print" is a reserved name.')

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Check the name; `print` stays a plain builtin, which the guest replaces by a counter."""
        self.check_name(node, node.id)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Refuse bytes: their methods and operators read the memory of arrays, and no program needs them."""
        if isinstance(node.value, bytes):
            self.error(node, "Bytes literals are not allowed.")
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Permit annotated assignment; target, annotation and value are guarded like any other expression."""
        return self.node_contents_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """Guard unpacking; with several targets the value is still evaluated once, targets from left to right."""
        node = self.node_contents_visit(node)
        if not any(isinstance(target, ast.Tuple) for target in node.targets):
            return node
        if len(node.targets) == 1:
            node.value = self._unpacked(node.targets[0], node.value)
            return node
        name = self.gen_tmp_name()
        made: list[ast.stmt] = [ast.Assign([ast.Name(name, ast.Store())], node.value)]
        for target in node.targets:
            made.append(ast.Assign([target], self._unpacked(target, ast.Name(name, ast.Load()))))
        made.append(self.gen_del_stmt(name))
        for statement in made:
            _place(statement, node)
        return made

    def _unpacked(self, target: ast.expr, value: ast.expr) -> ast.expr:
        if not isinstance(target, ast.Tuple):
            return value
        guarded: ast.expr = self.protect_unpack_sequence(target, value)
        _place(guarded, target)
        return guarded

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | Iterable[ast.AST] | None:
        """Rewrite ``x[i] += v`` to ``_inplace_subscript_("+=", _load_subscript_(x, i), v)``.

        The two calls keep Python's order: object, index, old item, value, operation, store; each evaluated once.
        """
        if not isinstance(node.target, ast.Subscript):
            return super().visit_AugAssign(node)
        owner, index, value = (self.visit(part) for part in (node.target.value, node.target.slice, node.value))
        loaded = ast.Call(ast.Name("_load_subscript_", ast.Load()), [owner, index], [])
        operator = ast.Constant(IOPERATOR_TO_STR[type(node.op)])
        stored = ast.Expr(ast.Call(ast.Name("_inplace_subscript_", ast.Load()), [operator, loaded, value], []))
        _place(stored, node)
        return stored
