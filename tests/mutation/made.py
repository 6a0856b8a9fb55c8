"""Samples made in code: large ones, ones that differ in one word only, and what one check alone must refuse."""

from __future__ import annotations

import functools
from dataclasses import replace

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from llmdas.gate.inspection import inspect
from llmdas.gate.report import Report
from llmdas.gate.restricted import check_restricted
from llmdas.gate.terms import Terms
from llmdas.program import Finding

from .dangerous import uses
from .sample import Sample

HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"


@functools.cache
def made() -> tuple[Sample, ...]:
    """Sources that are made, because they are large, or that no file can hold: limits, and the end of a long list."""
    many = HEAD + "".join(f"    x = missing_{number}\n" for number in range(300)) + TAIL
    return (
        _made("bytes within", _of_bytes(60_000)),
        _made("bytes beyond", _of_bytes(70_000), "DAS001"),
        _made("line within", HEAD + f"    x = 1  # {'a' * 400}\n" + TAIL),
        _made("line beyond", HEAD + f"    x = 1  # {'a' * 700}\n" + TAIL, "DAS008"),
        _made("nodes within", _of_nodes(18_000)),
        _made("nodes beyond", _of_nodes(25_000), "DAS011"),
        _made("depth within", HEAD + f"    x = {'-' * 50}n_samples\n" + TAIL),
        _made("depth beyond", HEAD + f"    x = {'-' * 80}n_samples\n" + TAIL, "DAS012"),
        _made("depth far beyond", HEAD + f"    x = {'-' * 200}n_samples\n" + TAIL, "DAS012"),
        _made("depth beyond the parser", HEAD + "    x = " + "-\\\n" * 20_000 + "1\n" + TAIL, "DAS012"),
        _made("null byte", HEAD + "    x = 1  # \0\n" + TAIL, "DAS010"),
        _made("string line beyond", HEAD + f"    x = '''\n# {'a' * 700}\n'''\n" + TAIL, "DAS008"),
        _made("brackets within", HEAD + f"    x = {'(' * 50}1{')' * 50}\n" + TAIL),
        _made("brackets beyond", HEAD + f"    x = {'(' * 80}1{')' * 80}\n" + TAIL, "DAS012"),
        _made("text within", HEAD + _text_of(4_000) + TAIL),
        _made("text beyond", HEAD + _text_of(5_000) + TAIL, "DAS013"),
        _made_with("os.path", "join", "import os.path\n" + HEAD + TAIL, "DAS201"),  # what it binds is os
        _made_with("torch", "Tensor", "import torch\n" + HEAD + "    x = str(torch.Tensor)\n" + TAIL, "DAS216"),
        Sample("made/many findings", many.encode(), frozenset({"DAS204", "DAS014"}), True, _rules_once),
    )


def _made(name: str, source: str, *rules: str) -> Sample:
    return Sample(f"made/{name}", source.encode(), frozenset(rules), bool(rules), inspect)


@functools.cache
def dangerous() -> tuple[Sample, ...]:
    """The shortest program for each name that no policy may permit."""
    return tuple(
        _made(name, HEAD + "".join(f"    {line}\n" for line in lines.split("\n")) + TAIL, rule)
        for name, lines, rule in uses()
    )


def _made_with(module: str, name: str, source: str, rule: str) -> Sample:
    """Judge under a policy that also permits one name of one module."""

    def look(source: bytes, terms: Terms) -> tuple[Finding, ...]:
        return inspect(source, replace(terms, modules={**terms.modules, module: frozenset({name})}))

    return Sample(f"made/{module} permitted", source.encode(), frozenset({rule}), True, look)


def _rules_once(source: bytes, terms: Terms) -> list[Finding]:
    return list({finding.rule: finding for finding in inspect(source, terms)}.values())


def _of_bytes(size: int) -> str:
    line = "    # nothing but a long comment, line after line, so that the source is large\n"
    return HEAD + line * ((size - len(HEAD + TAIL)) // len(line)) + TAIL


def _of_nodes(count: int) -> str:
    return HEAD + f"    x = [{','.join('1' * 100)}]\n" * (count // 105) + TAIL


def _text_of(size: int) -> str:
    lines = "".join(f"        '{'a' * 100}'\n" for _ in range(size // 100))
    return f"    x = (\n{lines}    )\n"


@functools.cache
def details() -> tuple[Sample, ...]:
    """One small program for each word that some check keeps in a list of its own."""
    calls = {
        "undefined names": "rows = generate_hard_anomalies(10, detector, table, generator)",
        "a generator": "rng = np.random.default_rng(0)",
        "another method of the model": "fitted = list(map(lambda model: model.fit(1), [1]))",
        "another method of the generator": "drawn = list(map(lambda rng: rng.rand(3), [1]))",
    }
    within = {
        "f": ("x = f'{\uff4e_samples}'", "DAS006"),
        "fr": ("x = fr'{\uff4e_samples}'", "DAS006"),
        "rf": ("x = rf'{\uff4e_samples}'", "DAS006"),
        "br": ("x = br'1'", "DAS306"),
        "rb": ("x = rb'1'", "DAS306"),
        "tuple": (f"x = ({'1,' * 600})", "DAS013"),
        "set": (f"x = {{{'1,' * 600}}}", "DAS013"),
        "item of an undefined name": ("x = missing[0].nothing", "DAS204"),
        "asynchronous comprehension": ("x = [row async for row in X_train]", "DAS209"),
    }
    return (
        *(_made(f"example with {name}", f"{HEAD}{TAIL}\n\n{call}\n", "DAS112") for name, call in calls.items()),
        *(_made(name, f"{HEAD}    {_broken(line)}\n{TAIL}", rule) for name, (line, rule) in within.items()),
        *(_made(f"blocks of {name}", f"{HEAD}{_indented(lines)}{TAIL}", "DAS012") for name, lines in _deep().items()),
        _made("blocks within", f"{HEAD}{_indented(_nested('for row in X_train:', '', 10))}{TAIL}"),
    )


def _broken(line: str) -> str:
    """Break a long line between the parts of a display."""
    return line.replace("1," * 100, "1," * 100 + "\n        ")


def _indented(lines: str) -> str:
    return "".join(f"    {line}\n" for line in lines.split("\n"))


def _deep() -> dict[str, str]:
    """Lines with more blocks within each other than compilers take, by kind of block."""
    openings = {"for": "for row in X_train:", "while": "while n_samples:", "with": "with np.errstate():"}
    openings |= {"async for": "async for row in X_train:", "async with": "async with np.errstate():"}
    loops = "".join(f" for a{number} in X_train" for number in range(20))
    return {
        **{name: _nested(opening, "", 20) for name, opening in openings.items()},
        "try": _nested("try:", "except ValueError:\n    pass", 8),
        "try with a star": _nested("try:", "except* ValueError:\n    pass", 8),
        "a list": f"x = [1{loops}]",
        "a set": f"x = {{1{loops}}}",
        "a dict": f"x = {{1: 1{loops}}}",
        "a generator": f"x = sum(1{loops})",
    }


def _nested(opening: str, closing: str, times: int) -> str:
    lines = "pass"
    for _ in range(times):
        inner = "\n".join(f"    {line}" for line in lines.split("\n"))
        lines = "\n".join(part for part in (opening, inner, closing) if part)
    return lines


@functools.cache
def backstops() -> tuple[Sample, ...]:
    """What the compiler refuses when no other check saw it; judged by that check alone."""
    sources = {
        "__x = 1": "DAS301",
        "_x_ = 1": "DAS301",
        "x__roles__ = 1": "DAS301",
        "printed = 1": "DAS301",
        "builtins = 1": "DAS301",
        "breakpoint = 1": "DAS301",
        "print = 1": "DAS301",
        "x = y.__class__": "DAS302",
        **{f"x = y.{name}": "DAS302" for name in INSPECT_ATTRIBUTES},
        "x = y.a__roles__": "DAS302",
        "y.a += 1": "DAS302",
        "class C(metaclass=M): pass": "DAS303",
        "async def f(): pass": "DAS303",
        "eval('1')": "DAS304",
        "from numpy import *": "DAS305",
        "x = b'1'": "DAS306",
        "x = '\0'": "DAS309",
        "return 1": "DAS310",
    }
    return tuple(
        Sample(f"compiler/{source!r}", source.encode(), frozenset({rule}), True, _compiled)
        for source, rule in sources.items()
    )


def _compiled(source: bytes, terms: Terms) -> tuple[Finding, ...]:
    report = Report(source.decode())
    check_restricted(source, report)
    return report.findings()
