"""Sources within every limit of the policy, made to take as long as they can: the gate ends within its own CPU limit.

Each repeats one pattern until the limit on bytes is nearly reached, because that is where a check that looks at every
pair of something shows.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from llmdas.gate.terms import Terms

from .properties import sound

HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[:n_samples] + 1.0\n"
ROOM = 62_000
MANY = 10_000


def _filled(lines: Iterable[str]) -> str:
    """As many of the lines as there is room for, as the body of the function."""
    kept, size = [], 0
    for line in lines:
        size += len(line.encode()) + 5
        if size > ROOM:
            break
        kept.append(f"    {line}\n")
    return HEAD + "".join(kept) + TAIL


def _steps(text: str, depth: int) -> str:
    return HEAD + "".join(f"    {' ' * level}{text}\n" for level in range(depth)) + f"    {' ' * depth}pass\n" + TAIL


LINKS = 2_600
CASES = {
    "undefined names, all near to each other": _filled(f"q{number:x}zz" for number in range(MANY)),
    "undefined names near to defined ones": _filled(f"v{number:x} = u{number:x}" for number in range(3_000)),
    "many names on one line": _filled([f"x = ({' + '.join(f'q{number:x}z' for number in range(4_000))})"]),
    "aliases of a module, last link first": _filled(
        [*(f"a{number} = a{number + 1}" for number in range(LINKS)), f"a{LINKS} = np"]
    ),
    "aliases of a class, last link first": _filled(
        [*(f"a{number} = a{number + 1}" for number in range(LINKS)), f"a{LINKS} = np.ndarray"]
    ),
    "private attributes": _filled(["x._a"] * 4_500),
    "unlisted attributes": _filled(f"n_samples.zq{number:x}" for number in range(3_600)),
    "internal names on one line": _filled([";".join(["_a_"] * 6_000)]),
    "imports": _filled(f"import os{number:x}" for number in range(4_000)),
    "members that numpy does not have": _filled(f"from numpy import zz{number:x}" for number in range(3_000)),
    "suppressions": _filled(["# noqa"] * MANY),
    "one comment of number signs": HEAD + "    " + "#" * ROOM + "\n" + TAIL,
    "comments of number signs and blanks": _filled(["# " * 240] * MANY),
    "comments of colons": _filled(["#" + ":" * 490] * MANY),
    "an encoding that never comes": "#" + "coding" * MANY + "\n" + HEAD + TAIL,
    "f-strings with letters outside ASCII": _filled(["f'é{n_samples}'"] * 3_300),
    "f-strings in f-strings": _filled(["f'{n_samples:{n_samples}}{n_samples!r:>{n_samples}}'"] * MANY),
    "keywords unpacked from themselves": _filled(["k = {**k}", "x = np.sum(**k)"]),
    "keywords unpacked twice at every step": _filled(
        [*(f"k{number} = {{**k{number + 1}, **k{number + 1}}}" for number in range(60)), "k60 = {}", "x = np.sum(**k0)"]
    ),
    "parentheses": _filled(["(" * 150 + "1" + ")" * 150] * MANY),
    "open brackets": _filled(["[{(" * 10] * MANY),
    "signs": _filled(["-" * ROOM + "1"]),
    "a chain of attributes": _filled(["X_train" + ".T" * 20_000]),
    "a chain of calls": _filled(["X_train" + "()" * 20_000]),
    "one long sum": _filled(["1" + "+1" * 20_000]),
    "one long comparison": _filled(["1" + "<1" * 9_000]),
    "deep blocks": _steps("if n_samples:", 57),
    "deep loops": _steps("for i in range(n_samples):", 19),
    "deep functions": _steps("def f():", 55),
    "many functions": _filled(f"def f{number:x}(): return f{number:x}" for number in range(MANY)),
    "many branches": _filled(["if n_samples: pass", *["elif n_samples: pass"] * 2_500]),
    "returns": _filled(["return 1"] * 4_000),
    "parameters": f"def generate_hard_anomalies({', '.join(f'p{n:x}' for n in range(8_000))}):\n    return 1\n",
    "powers of powers": _filled(["x = ((((9 ** 9) ** 9) ** 9) ** 9) ** 9"] * 500),
    "shifts and repeats": _filled(["x = 1 << 10000000000", "x = 'a' * 10 ** 12", "x = '%099999999d' % 1"] * 300),
    "numbers at the parser's limit": _filled(["x = " + "9" * 4_299] * 13),
    "walrus in comprehensions": _filled(["[x := y for y in X_train for z in y if z]"] * 900),
    "endless loops": _filled(["while True: pass"] * 2_500),
    "bare carriage returns": _filled(["x = 1\ry = 2\r"] * MANY),
    "invisible characters": _filled(["x = '\u200b'"] * MANY),
    "backslashes": _filled(["x = 1 + \\"] * MANY),
    "quotes": _filled(["'''"] * 9_999),
    "strings beside strings": _filled(["'a' " * 100] * MANY),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_worst_case_comes_to_an_end(name: str, terms: Terms) -> None:
    source = CASES[name].encode()
    assert len(source) <= terms.limits["max_bytes"]
    sound(source, terms)
