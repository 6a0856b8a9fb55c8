"""Compiles a program with RestrictedPython so that every attribute, item and import passes a guard at run time.

The gate and the guest compile the same bytes with this one function, so what was judged is what runs. Beyond
RestrictedPython's own policy, everyday numpy is permitted: annotated assignment, ``x[i] += v`` with its in-place
meaning (dtype and aliasing kept), helper names with one leading underscore, and plain `print`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType

from RestrictedPython.transformer import IOPERATOR_TO_STR, RestrictingNodeTransformer, copy_locations

RESERVED_NAMES = frozenset({"printed", "builtins", "breakpoint"})


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
    errors: list[CompileError] = []
    code = None
    try:
        with _quiet():
            tree = ast.parse(_text(source), filename)
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


class ProgramTransformer(RestrictingNodeTransformer):
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
        if name is None or name == "_":
            return
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
            ast.fix_missing_locations(node)
            return node
        name = self.gen_tmp_name()
        made: list[ast.stmt] = [ast.Assign([ast.Name(name, ast.Store())], node.value)]
        for target in node.targets:
            made.append(ast.Assign([target], self._unpacked(target, ast.Name(name, ast.Load()))))
        made.append(self.gen_del_stmt(name))
        for statement in made:
            copy_locations(statement, node)
        return made

    def _unpacked(self, target: ast.expr, value: ast.expr) -> ast.expr:
        if not isinstance(target, ast.Tuple):
            return value
        guarded: ast.expr = self.protect_unpack_sequence(target, value)
        copy_locations(guarded, target)
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
        copy_locations(stored, node)
        return stored
