"""Damages programs the way people, models and attackers do: at words, lines and bytes. Deterministic in `random`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

# Words and dots of text read as Latin-1, so that any bytes come back unchanged.
_TOKEN = re.compile(r"\w+|[ \t]+|\r?\n|[^\w\s]|\s")

_PLAIN = """
n_samples model X_train rng np x y z _ _x print getattr hasattr isinstance predict_score integers normal shape T
def lambda for in if elif else while try except finally with as assert raise return del pass break continue import
from class async await yield global nonlocal match case type not and or is None True 0 1 -1 1e308 1j 0x_1 '' '_'
__class__ __globals__ __import__ __builtins__ __dict__ f_back gi_frame args base format eval exec open compile vars
( ) [ ] { } , : ; . = := == != += -> * ** @ ~ | & ^ << % // < > ... \\ #
"""
WORDS = (*_PLAIN.split(), "\n", " ", "    ")

FRAGMENTS = (
    "().__class__.__base__.__subclasses__()",
    "getattr(X_train, 'ctypes')",
    "getattr(model, chr(95) * 2 + 'class' + chr(95) * 2)",
    "f'{model.__class__!r:>{n_samples}}'",
    "f'{X_train!r:{n_samples}.{n_samples}}'",
    "'{0.__class__}'.format(model)",
    "__import__('os').system('true')",
    "(lambda: (yield))()",
    "[x for x in (y := X_train) if (z := x) is not y]",
    "(x for x in X_train).gi_frame.f_back",
    "np.load('x', allow_pickle=True)",
    "np.array([1], dtype=object)",
    "np.array([1], **{'like': model})",
    "np.r_['1:2']",
    "np.lib.format.open_memmap",
    "print(X_train)",
    "type: int",
    "global np",
    "nonlocal rng",
    "del np",
    "model.predict_score = print",
    "X_train.flags.writeable = True",
    "raise ValueError(X_train)",
    "import os, numpy.f2py as np",
    "from numpy import *",
    "from . import x",
    "@print\n    def g(): pass",
    "class A(metaclass=print): pass",
    "match model:\n        case object(__class__=c): pass",
    "async def g(): await rng",
    "type X = int",
    "try: pass\n    except* ValueError: pass",
    "with np.errstate(all='ignore') as e: pass",
    "x: '__import__(1)' = 1",
    "def g(a, /, b: print() = print(), *c, d, **e) -> print(): return a",
    "while True: pass",
    "9 ** 9 ** 9",
    "1 << 99999999",
    "'a' * 10 ** 10",
    "X_train[:, None, ..., ::-1] += 1",
    "a, *b = c = X_train",
    "x = *X_train, *rng",
    "# noqa",
    "# -*- coding: utf-7 -*-",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\uff4e\uff50",
    "\u2100 \u212b",
    "e\u0301",
    "\x00",
    "\x0c",
    "\r",
    "\x1b[31m",
    "'\\ud800'",
    "'\\N{BULLET}'",
    "b'x'",
    "0_0",
    "9" * 4400,
    "0x" + "f" * 600,
    "'" + "a" * 600 + "'",
    "1if 1else 2",
    "'''",
    "\\\n",
    "# \\\n",
)


def mutate(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Return the source after one to four small damages, mostly one; `others` are programs to take pieces from."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        source = random.choice(_DAMAGES)(source, random, others)
    return source


def _tokens(source: bytes) -> list[str]:
    return _TOKEN.findall(source.decode("latin-1"))


def _joined(tokens: list[str]) -> bytes:
    return "".join(tokens).encode("latin-1")


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _span(length: int, random: Random, longest: int = 12) -> slice:
    start = random.randint(0, max(length - 1, 0))
    return slice(start, min(length, start + random.randint(1, longest)))


def _swap(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    tokens = _tokens(source)
    if len(tokens) > 1:
        first, second = random.randrange(len(tokens)), random.randrange(len(tokens))
        tokens[first], tokens[second] = tokens[second], tokens[first]
    return _joined(tokens)


def _delete(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    tokens = _tokens(source)
    del tokens[_span(len(tokens), random)]
    return _joined(tokens)


def _repeat(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    tokens = _tokens(source)
    part = _span(len(tokens), random)
    return _joined(tokens[: part.stop] + tokens[part] * random.choice((1, 1, 2, 30)) + tokens[part.stop :])


def _replace(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    tokens = _tokens(source)
    seen = [place for place, token in enumerate(tokens) if not token.isspace()]
    if seen:
        tokens[random.choice(seen)] = random.choice(WORDS)
    return _joined(tokens)


def _rename(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """Replace one word everywhere, which keeps most programs whole."""
    tokens = _tokens(source)
    words = sorted({token for token in tokens if token.isidentifier()})
    if not words:
        return source
    old, new = random.choice(words), random.choice((*WORDS, *words))
    return _joined([new if token == old else token for token in tokens])


def _insert(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    tokens = _tokens(source)
    place = random.randint(0, len(tokens))
    return _joined([*tokens[:place], _latin(random.choice(FRAGMENTS)), *tokens[place:]])


def insert_line(source: bytes, text: str, random: Random) -> bytes:
    """Put a text on lines of its own, indented like the line below it."""
    lines = source.split(b"\n")
    place = random.randrange(len(lines))
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip(b" \t"))]
    more = [indent + line for line in text.encode("utf-8", "surrogatepass").split(b"\n")]
    return b"\n".join([*lines[:place], *more, *lines[place:]])


def _line(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    return insert_line(source, random.choice(FRAGMENTS), random)


def _move_lines(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    lines = source.split(b"\n")
    part = _span(len(lines), random, 4)
    block, rest = lines[part], lines[: part.start] + lines[part.stop :]
    place = random.randint(0, len(rest))
    return b"\n".join(rest[:place] + block + rest[place:])


def _splice(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    if not others:
        return source
    mine, theirs = source.split(b"\n"), random.choice(others).split(b"\n")
    here, there = _span(len(mine), random, 6), _span(len(theirs), random, 6)
    return b"\n".join(mine[: here.start] + theirs[there] + mine[here.stop :])


def _bytes(source: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    damaged = bytearray(source)
    for _ in range(random.randint(1, 3)):
        if damaged:
            damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


_DAMAGES: tuple[Callable[[bytes, Random, Sequence[bytes]], bytes], ...] = (
    _swap, _delete, _repeat, _replace, _replace, _rename, _rename, _insert, _line, _line, _move_lines, _splice, _bytes
)  # fmt: skip
