"""Sources shaped like Python: everyday numpy, hostile pieces, and damaged sample programs. Nothing made here is run.

Texts are put together from pieces, so that they parse far more often than random text does, and so that pieces may
stand where `ast` would not let them. `write` takes its choices from whoever calls: hypothesis here, a plain random
generator in the coverage-guided fuzzer, whose environment has no hypothesis.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .mutations import FRAGMENTS, mutate

if TYPE_CHECKING:
    from hypothesis import strategies as st

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
HEAD = "def generate_hard_anomalies(n_samples, model, X_train, rng):\n"
END = "    return X_train[:n_samples] + 1.0\n"
DEPTH = 5
Choose = Callable[[Sequence[str]], str]
_HOLE = re.compile(r"<([a-z]+)>")


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip().replace("¶", "\n") for line in text.strip().split("\n"))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# What ends a branch of the tree: no holes in these.
LEAVES: Mapping[str, tuple[str, ...]] = {
    "name": (
        *(_words("n_samples model X_train rng np x y i rows np.pi len print max range") * 2),
        *_words("_ _x _x_ __name__ __builtins__ type eval getattr vars undefined é"),
    ),
    "target": _words("x y i rows rows x _x X_train np rng type _x_ __a é"),
    "number": _words("0 1 -1 2.5 1e-9 1e999 1j 0xFF 1_000 True None ... 10**9"),
    "text": (
        *_words("'' 'a' r'\\d' b'a' '\\x1b[0m' '\\ud800' 'é' '__class__' '{0.__class__}' '\u202e'"),
        '"""a\nb"""',
        "'%s' % x",
        "'a' 'b'",
    ),
    "attribute": _words(
        """shape T mean sum copy astype predict_score integers normal append format args __class__ __globals__ gi_frame
        base ctypes tofile data flags random linalg lib load ndarray array zeros default_rng r_ _private foo"""
    ),
    "binary": (*_words("+ - * / // % ** @ << >> & | ^ < == and or"), "is not", "not in"),
    "unary": ("-", "+", "~", "not "),
    "keyword": _words("axis size dtype allow_pickle out like file fname subok mmap_mode key self _x __class__"),
    "conversion": ("", "", "!r", "!s", "!a", "="),
    "augmented": _words("+ - * @ // ** | <<"),
    "module": (
        *_words("numpy numpy numpy.linalg numpy.random math os sys numpy.f2py typing itertools collections.abc"),
        *_words("__future__ builtins nump\u00fd numpy. a.b.c"),
        *("os as np", "numpy as np", "numpy as os, math"),
    ),
    "forbidden": _words(
        """DataSource __array_interface__ __class__ __dict__ __getitem__ _core add_docstring args asmatrix base byteswap
        char compat core ctypes ctypeslib data dump dumps f2py f_back flags format format_map frombuffer fromfile
        frompyfunc fromregex fromstring genfromtxt getfield gi_frame info lib load loadtxt ma matrix memmap mro nditer
        newbyteorder obj polynomial put_along_axis rec recarray record save savetxt savez seed set_state setbufsize
        seterrcall setfield setflags show_config source spawn strings tb_frame testing tobytes tofile tostring translate
        vectorize view with_traceback write"""
    ),
    "unheard": _words(
        """type eval exec compile open vars dir globals locals input memoryview bytes object super setattr delattr id
        breakpoint __import__ __builtins__ __name__ __loader__ _x_ __a undefined exit bytearray format"""
    ),
    "known": _words("n_samples X_train x x y i rows len rng model np.pi"),
    "function": _words("abs mean sum sqrt clip where array zeros full concatenate linalg.norm random.default_rng"),
    "method": _words("shape T mean() sum(axis=0) copy() ravel()[::-1] astype(float) dtype.name size"),
    "fragment": FRAGMENTS,
    "simple": ("pass", "break", "continue", "return", "raise", "...", "# noqa", "# a remark", "'text'"),
}
# What branches; where the tree gets deep, only the first alternatives are taken, as many as `_FINITE` says.
BRANCHES: Mapping[str, tuple[str, ...]] = {
    "expression": _lines(
        """
        <name>
        <name>
        <number>
        <text>
        <expression>.<attribute>
        <expression>.<attribute>
        <expression>(<expressions>)
        np.<attribute>(<expressions>)
        rng.<attribute>(<expressions>)
        <expression>(<expression>, <keyword>=<expression>)
        <expression>(*<expression>, **<expression>)
        getattr(<expression>, '<attribute>')
        <expression>[<expression>]
        <expression>[<expression>:<expression>, ::<expression>, None, ...]
        (<expression> <binary> <expression>)
        (<expression> <binary> <expression>)
        (<unary><expression>)
        (<expression> if <expression> else <expression>)
        (<target> := <expression>)
        (lambda <target>, *a, k=<expression>: <expression>)
        [<expression> for <target> in <expression> if <expression>]
        {<expression>: <expression> for <target>, *rest in <expression> for y in <expression>}
        (<expression> async for <target> in <expression>)
        [<expressions>, *<expression>]
        {<expression>: <expression>, **<expression>}
        (<expression>, <expressions>)
        f"a{<expression><conversion>:>{<expression>}.{<expression>}}{{"
        f'{<expression>}' f"{<expression>}"
        (yield <expression>)
        (await <expression>)
        <fragment>
        """
    ),
    # What everyday programs are made of, with something else once in a while.
    "calm": _lines(
        """
        <known>
        <known>
        <number>
        (<calm> <binary> <calm>)
        <calm>[<calm>]
        <calm>[:<calm>, None]
        <calm>.<method>
        np.<function>(<calm>)
        np.<function>(<calm>, <calm>)
        rng.normal(<calm>, <calm>, size=(n_samples, <calm>))
        rng.integers(0, <calm>)
        model.predict_score(<calm>)
        [<calm> for i in range(<calm>) if <calm>]
        (lambda y, k=<calm>: <calm>)(<calm>)
        (<calm> if <calm> else <calm>)
        (y := <calm>)
        f"{<calm><conversion>:>{<calm>}}"
        getattr(<calm>, 'shape')
        (*<calm>, <calm>)
        {'a': <calm>, **<calm>}
        <expression>
        """
    ),
    "calmly": _lines(
        """
        <place> = <calm>
        x = <calm>
        x[<calm>] = <calm>
        x[<calm>] <augmented>= <calm>
        y <augmented>= <calm>
        i: int = <calm>
        rows.append(<calm>)
        x, *rows = <calm>
        assert <calm>, <calm>
        for i in range(<calm>):¶<inner>
        for i, (x, y) in enumerate(<calm>):¶<inner>
        if <calm>:¶<inner>¶elif <calm>:¶<inner>
        while <calm>:¶<inner>¶    break
        with np.errstate(all='ignore'):¶<inner>
        try:¶<inner>¶except (ValueError, IndexError) as error:¶<inner>
        def helper(x, y=<calm>, *args):¶<inner>
        <statement>
        """
    ),
    # One step off the path in a program that is otherwise fine, so that nothing else can refuse it.
    "sly": _lines(
        """
        x = np.<forbidden>
        x = np.<forbidden>(x)
        x = np.linalg.<forbidden>(x)
        x = np.random.<forbidden>
        x = rng.<forbidden>
        x = X_train.<forbidden>
        x = x.copy().<forbidden>
        x = model.<forbidden>
        x = 'a'.<forbidden>
        x = getattr(x, '<forbidden>')
        x = f'{x.<forbidden>}'
        x = [z.<forbidden> for z in rows]
        x = (lambda z: z.<forbidden>)(rows)
        x = (z := rows).<forbidden>
        x = <unheard>
        x = <unheard>(x)
        x = [<unheard>]
        x = (lambda: <unheard>)()
        x = [z for z in <unheard>]
        x = f'{<unheard>!r:>{y}}'
        x: <unheard> = 1
        x = y if <unheard> else i
        x = max(rows, key=<unheard>)
        x = np.sum(x, <keyword>=1)
        x = np.array(rows, <keyword>=y)
        x = <text>
        x = <text>
        x = np.sum(x, **{'<keyword>': 1})
        <target> = 1
        <target>: int
        for <target> in range(3):¶    pass
        def <target>():¶    return 1
        def helper(<target>):¶    return 1
        def helper(z=<unheard>):¶    return z
        def helper(z: <unheard>):¶    return z
        def helper() -> <unheard>:¶    return 1
        @<unheard>¶def helper():¶    return 1
        import <module>
        import <module> as x
        from numpy import <forbidden>
        from <module> import <attribute>
        from numpy import <forbidden> as x
        x.<forbidden> = 1
        np.<forbidden> = 1
        del x.<forbidden>
        try:¶    pass¶except ValueError as error:¶    x = error.<forbidden>
        try:¶    pass¶except <unheard>:¶    pass
        with np.errstate() as <target>:¶    pass
        raise ValueError(x.<forbidden>)
        assert x is <unheard>
        <fragment>
        """
    ),
    "slyly": (
        "<sly>",
        "<sly>",
        "if x is None:\n    pass\nelse:\n<slyblock>",
        "def inner(z):\n<slyblock>\n    return z",
    ),
    "slyblock": ("<sly>",),
    "slyline": ("<slyly>",),
    "inner": ("<calmly>", "<calmly>", "<calmly>\n<calmly>"),
    "expressions": ("", "<expression>", "<expression>", "<expression>, <expression>"),
    "place": ("<target>", "<target>", "<target>[<expression>]", "<target>.<attribute>", "(<target>, *<target>)"),
    "statement": _lines(
        """
        <simple>
        <place> = <expression>
        <place> = <expression>
        <place> = <expression>
        <place> = <place> = <expression>
        <place> <augmented>= <expression>
        <place>: <expression> = <expression>
        <place>: <expression>
        <expression>
        return <expression>
        raise <expression> from <expression>
        assert <expression>, <expression>
        del <place>
        import <module>
        from <module> import <name> as <target>
        from <module> import *
        global <target>
        nonlocal <target>
        type <target>[T] = <expression>
        <fragment>
        if <expression>:¶<block>¶else:¶<block>
        if <expression>:¶<block>¶elif <expression>:¶<block>
        for <place> in <expression>:¶<block>¶else:¶<block>
        for <target> in range(<expression>):¶<block>
        while <expression>:¶<block>
        with <expression> as <place>, <expression>:¶<block>
        try:¶<block>¶except <expression> as <target>:¶<block>¶finally:¶<block>
        try:¶<block>¶except ValueError:¶<block>
        try:¶<block>¶except* <expression>:¶<block>
        def <target>(a, /, b: <expression> = <expression>, *args, **_k) -> <expression>:¶<block>
        def <target>():¶<block>
        @<expression>¶def <target>(<target>):¶<block>
        async def <target>():¶<block>
        class <target>(<expression>, metaclass=<expression>):¶<block>
        match <expression>:¶    case {'a': <target>, **<target>} if <expression>:¶        <simple>
        """
    ),
    "block": ("<statement>", "<statement>", "<statement>\n<statement>", "<statement>\n<statement>\n<statement>"),
    "head": (
        *([HEAD] * 8),
        "def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray, rng) -> np.ndarray:\n",
        "def generate_hard_anomalies(n_samples: <expression>, model, X_train, rng) -> <expression>:\n",
        "def generate_hard_anomalies(n_samples, model, X_train, rng=<expression>):\n",
        f"async {HEAD}",
        f"@<expression>\n{HEAD}",
        "def generate_hard_anomalies(*args):\n",
        "class A:\n",
    ),
    "top": (
        *(["import numpy as np\n"] * 6),
        "from __future__ import annotations\nimport numpy as np\nfrom typing import Any\n",
        "from <module> import <name>\nimport numpy as np\n",
        "<statement>\n",
        "<name>: int\nimport numpy as np\n",
        "<name>: int\n<target> = <expression>\n",
        "#!/usr/bin/python\n# coding: latin-1\n",
        "\ufeff",
        "",
    ),
    "end": (*([END] * 6), "", "\\", "\x0c"),
    "calmbody": (
        "    x, y, i, rows = X_train.copy(), 2.0, 1, []\n<inner>\n",
        "    x, y, i, rows = X_train.copy(), 2.0, 1, []\n<inner>\n<inner>\n",
        "    x = rows = X_train[rng.integers(0, len(X_train), n_samples)]\n    i = y = 1\n<inner>\n<inner>\n",
    ),
    "slybody": ("    x, y, i, rows = X_train.copy(), 2.0, 1, []\n<slyline>\n",),
    "program": (
        *([f"import numpy as np\n{HEAD}<slybody>{END}"] * 3),
        f"<sly>\nimport numpy as np\n{HEAD}{END}",
        f"import numpy as np\n{HEAD}<calmbody>{END}",
        f"<top>{HEAD}<calmbody><end>",
        "<top><head><body><end>",
        "<top><head><body><end>",
        "<top><top><head><body>",
        "<block>",
    ),
    "body": ("", "<indented>\n", "<indented>\n<indented>\n", "<indented>\n<indented>\n<indented>\n"),
    "indented": ("<statement>",),
}
_FINITE = {
    "expression": 4,
    "calm": 3,
    "calmly": 2,
    "inner": 1,
    "statement": 1,
    "block": 1,
    "expressions": 1,
    "place": 2,
}
_INSET = frozenset({"block", "indented", "inner", "slyblock", "slyline"})
NEWLINES = ("\n",) * 12 + ("\r\n", "\r\n", "\r")


def write(choose: Choose, symbol: str = "program", depth: int = DEPTH) -> str:
    """Return a text for a symbol of the grammar; `choose` picks one of several texts."""
    if symbol in LEAVES:
        return choose(LEAVES[symbol])
    found = BRANCHES[symbol]
    if depth <= 0 and symbol in _FINITE:
        found = found[: _FINITE[symbol]]
    text = _HOLE.sub(lambda hole: write(choose, hole[1], depth - 1), choose(found))
    return textwrap.indent(text, "    ") if symbol in _INSET else text


def program(choose: Choose) -> bytes:
    """Return a whole program; most parse, some pass the gate, few are harmless."""
    return write(choose).replace("\n", choose(NEWLINES)).encode("utf-8", "surrogatepass")


def sly_programs() -> Iterator[bytes]:
    """Yield programs that are fine but for one line: every such line, with every third text that its holes can take.

    Lines that follow each other begin at different texts, and every text is taken by some line.
    """
    for first, line in enumerate(BRANCHES["sly"]):
        holes = [LEAVES[name] for name in _HOLE.findall(line)]
        for number in range(first % 3 if holes else 0, max(map(len, holes), default=1), 3):
            texts = iter([texts[number % len(texts)] for texts in holes])
            body = textwrap.indent(_HOLE.sub(lambda _, texts=texts: next(texts), line), "    ")
            setting = "    x, y, i, rows = X_train.copy(), 2.0, 1, []\n"
            yield f"import numpy as np\n{HEAD}{setting}{body}\n{END}".encode("utf-8", "surrogatepass")


def sample_sources(folder: str) -> tuple[bytes, ...]:
    """Every sample program below ``accept``, ``paper`` or ``reject``, sorted by path."""
    return tuple(path.read_bytes() for path in sorted((PROGRAMS / folder).rglob("*.py")))


def programs() -> st.SearchStrategy[bytes]:
    """A strategy for whole programs."""
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        return program(lambda texts: draw(st.sampled_from(texts)))

    return drawn()


def damaged(accepted: Sequence[bytes], refused: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """A strategy for sample programs with a few damages at words, lines or bytes.

    Mostly accepted ones are damaged, which may stay accepted.
    """
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> bytes:
        chosen = accepted if draw(st.integers(0, 3)) else refused
        random = draw(st.randoms(use_true_random=False))
        return mutate(draw(st.sampled_from(chosen)), random, (*accepted, *refused))

    return drawn()
