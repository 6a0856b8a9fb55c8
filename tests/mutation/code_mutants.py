"""Mutants of the gate's own code: a rule silenced everywhere, or one statement that reports left out."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from llmdas.gate.catalogue import CATALOGUE
from llmdas.gate.report import Report
from llmdas.gate.terms import Terms
from llmdas.program import Finding

from .corpus import everything
from .runner import Mutant
from .sample import Sample

GATE = Path(inspect.getsourcefile(Report) or "").parent
# Start and talk to the checks instead of being one; what they refuse is tested in tests/gate/test_judge.py.
_AROUND = frozenset({
    "__init__", "answer", "bundle", "catalogue", "child", "judge", "limits", "needed", "plain", "pool", "remedies",
    "rules", "terms", "tree", "worker",
})  # fmt: skip
# Made of other constants or of what the interpreter has; and prefixes that one rule refuses, listed or not.
_COMPUTED = frozenset({"_BUILTINS", "_LAST_NAMES", "_PREFIXES", "_TEMPLATES"})
_HIT = "_hit_by_a_sample"


def rules_silenced(terms: Terms) -> Iterator[Mutant]:
    """Each rule that is checked in code is silent, whoever reports it."""
    for rule in CATALOGUE:
        if rule[3] != "9" and rule not in ("DAS020", "DAS021"):  # the parent's own, and those of waivers
            samples = [sample for sample in everything() if rule in sample.expected]
            yield Mutant("rule silenced", rule, samples, prepare=functools.partial(_silence, rule))


def _silence(rule: str) -> None:
    add, findings = Report.add, Report.findings

    def quiet(report: Report, given: str, *values: Any, **named: Any) -> None:
        if given != rule:
            add(report, given, *values, **named)

    def fewer(report: Report) -> tuple[Finding, ...]:
        return tuple(finding for finding in findings(report) if finding.rule != rule)

    setattr(Report, "add", quiet)  # noqa: B010 - mypy forbids the plain form
    setattr(Report, "findings", fewer)  # noqa: B010 - as above


def constants_changed(terms: Terms) -> Iterator[Mutant]:
    """Each word or class of node that a check keeps in a set or tuple is left out; the bound on blocks is moved."""
    seen: set[int] = set()
    for module in gate_modules():
        for name, value in vars(module).items():
            if id(value) in seen or name in _COMPUTED or module.__name__.endswith("characters"):
                continue
            seen.add(id(value))
            for left, what in _shrunk(value):
                place = f"{module.__name__.rpartition('.')[2]}.{name} without {what}"
                yield Mutant("constant", place, everything(), prepare=functools.partial(_set, module, name, left))
        if "MAX_BLOCKS" in vars(module):
            for bound in (module.MAX_BLOCKS * 2, module.MAX_BLOCKS // 2):
                change = functools.partial(_set, module, "MAX_BLOCKS", bound)
                yield Mutant("constant", f"MAX_BLOCKS of {bound}", everything(), prepare=change)


def _shrunk(value: Any) -> Iterator[tuple[Any, str]]:
    """Yield a set of words or a tuple of classes without one of its members, and that member's name."""
    if isinstance(value, frozenset) and all(isinstance(part, str) for part in value):
        yield from ((value - {part}, repr(part)) for part in sorted(value))
    elif isinstance(value, tuple) and all(isinstance(part, type) for part in value):
        yield from ((tuple(other for other in value if other is not part), part.__name__) for part in value)


def _set(module: ModuleType, name: str, value: Any) -> None:
    """Bind a constant anew, in every module that imported it."""
    old = vars(module)[name]
    for other in gate_modules():
        if vars(other).get(name) is old:
            setattr(other, name, value)


@dataclass(frozen=True, slots=True)
class Call:
    """One statement that is a call and hands on or writes the report.

    Attributes:
        module: dotted name of the module it stands in.
        number: its place among those of the module.
        line: where it stands.
        text: the statement, shortened.
    """

    module: str
    number: int
    line: int
    text: str

    @property
    def name(self) -> str:
        """How a survivor is shown."""
        return f"{self.module.rpartition('.')[2]}.py:{self.line} {self.text}"


def calls_taken_out(terms: Terms) -> Iterator[Mutant]:
    """Each statement that reports, or that runs a check which reports, is left out."""
    calls = tuple(call for module in gate_modules() for call in calls_of(module))
    reached = _reached(calls, everything(), terms)
    for call in calls:
        samples = [everything()[index] for index in reached[call]]
        yield Mutant("report left out", call.name, samples, prepare=functools.partial(take_out, call))


def gate_modules() -> tuple[ModuleType, ...]:
    """Every module of the gate that checks, and the compiler that gate and guest share."""
    names = sorted(path.stem for path in GATE.glob("*.py") if path.stem not in _AROUND)
    return (
        *(importlib.import_module(f"llmdas.gate.{name}") for name in names),
        importlib.import_module("llmdas_sandbox.guest.restricted"),
    )


def calls_of(module: ModuleType) -> tuple[Call, ...]:
    """Return the reporting statements of a module in source order."""
    source = Path(module.__file__ or "").read_text(encoding="utf-8")
    return tuple(
        Call(module.__name__, number, statement.lineno, ast.unparse(statement)[:90])
        for number, statement in enumerate(_reporting(ast.parse(source)))
    )


def _reporting(tree: ast.Module) -> list[ast.Expr]:
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.Expr) and _reports(node)]
    return sorted(statements, key=lambda node: (node.lineno, node.col_offset))


def _reports(statement: ast.Expr) -> bool:
    """Tell whether a statement is a call that names a report, or a method that refuses."""
    if not isinstance(statement.value, ast.Call):
        return False
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
    own = statement.value.func.attr if isinstance(statement.value.func, ast.Attribute) else ""
    return bool({"report", "early"} & (names | attributes)) or own.startswith(
        ("_refuse", "_read", "error", "check_name")
    )


def take_out(call: Call) -> None:
    """Replace the code of the module's functions by what they are without one statement."""
    _rewrite(call.module, lambda number, statement: [ast.Pass()] if number == call.number else [statement])


def _rewrite(name: str, change: Callable[[int, ast.Expr], list[ast.stmt]]) -> None:
    """Put changed code into the functions of a module that is loaded; whoever imported them sees the change."""
    module = importlib.import_module(name)
    path = Path(module.__file__ or "")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    numbers = {id(statement): number for number, statement in enumerate(_reporting(tree))}
    _Rewriter(numbers, change).visit(tree)
    compiled = compile(ast.fix_missing_locations(tree), str(path), "exec", dont_inherit=True)
    for code in (part for part in compiled.co_consts if isinstance(part, CodeType)):
        _replace(vars(module).get(code.co_name), code)


def _replace(owner: Any, code: CodeType) -> None:
    """Give a function its new code, or a class's methods theirs."""
    owner = inspect.unwrap(getattr(owner, "__func__", owner)) if callable(owner) else owner
    if isinstance(owner, FunctionType):
        owner.__code__ = code
    elif isinstance(owner, type):
        for part in (inner for inner in code.co_consts if isinstance(inner, CodeType)):
            _replace(vars(owner).get(part.co_name), part)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, numbers: dict[int, int], change: Callable[[int, ast.Expr], list[ast.stmt]]) -> None:
        self.numbers, self.change = numbers, change

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        number = self.numbers.get(id(node))
        return node if number is None else [ast.copy_location(new, node) for new in self.change(number, node)]


def _reached(calls: Sequence[Call], samples: Sequence[Sample], terms: Terms) -> dict[Call, list[int]]:
    """Return for each statement the places of the samples that reach it, found by one run in a child."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with os.fdopen(write, "w") as answer:
                json.dump(_hits(calls, samples, terms), answer)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        found = json.load(answer)
    os.waitpid(pid, 0)
    return dict(zip(calls, found, strict=True))


def _hits(calls: Sequence[Call], samples: Sequence[Sample], terms: Terms) -> list[list[int]]:
    hit: set[tuple[str, int]] = set()
    for name in {call.module for call in calls}:
        vars(importlib.import_module(name))[_HIT] = hit.add
        _rewrite(name, functools.partial(_marked, name))
    reached: dict[tuple[str, int], list[int]] = {(call.module, call.number): [] for call in calls}
    for index, sample in enumerate(samples):
        hit.clear()
        sample.fault(terms)
        for key in hit:
            reached[key].append(index)
    return [reached[call.module, call.number] for call in calls]


def _marked(module: str, number: int, statement: ast.Expr) -> list[ast.stmt]:
    return [ast.parse(f"{_HIT}(({module!r}, {number}))").body[0], statement]
