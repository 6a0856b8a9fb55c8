"""Ways out that a review found, run in a real sandbox with the gate off: the guards alone must stop each of them.

Every program ends in ``raise KeyError("reached", ...)``, so one that gets through fails its test and does no harm.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Callable

import numpy as np
import pytest

from llmdas.policy import load_policy
from llmdas_sandbox import Fault, Generator, Limits, Proxy, Request, Rows, Scalar
from tests.escapes.places import Outcome

Run = Callable[[Request], Outcome]
pytestmark = pytest.mark.bubblewrap
OBJECT = 'O = "".join(["O"])\n'
FORGE = OBJECT + "f = lambda: 42\naddress = int(repr(f).split('0x')[1].split('>')[0], 16)\n"


def _run(durable: Run, body: str, head: str = "") -> Fault | None:
    """Run lines that set `x`; reaching their end is a KeyError."""
    lines = textwrap.indent(f'{body}\nraise KeyError("reached", repr(x))\n', "    ")
    source = f"import numpy as np\n{head}\ndef escape(X_train, model, n_samples, rng):\n{lines}".encode()
    arguments = {
        "X_train": Rows(np.arange(16.0).reshape(8, 2)),
        "model": Proxy({"predict_score": lambda rows: rows.sum(axis=1)}),
        "n_samples": Scalar(4),
        "rng": Generator(1),
    }
    guest = load_policy().as_guest()
    digest = hashlib.sha256(source).hexdigest()
    return durable(Request(source, digest, "escape", arguments, guest, Limits(wall_s=10.0)))[1]


CLASS_OF_ARRAYS = {
    "forged pointer": FORGE + "A = [np.ndarray][0]\nx = A((1,), O, np.array([address], dtype=np.int64)).item(0)()",
    "address of an object": OBJECT + "x = [np.ndarray][0]((1,), np.int64, np.array([rng], O))",
    "through NDArray": "from numpy.typing import NDArray as A\nx = A[np.float64]((3,), float, np.arange(6.0), 8, (8,))",
    "through np.typing": "x = np.typing.NDArray[float]((2,), float, X_train)",
    "through a subscript": "x = np.ndarray[int, float]((2,), float, X_train)",
    "through partial": "from functools import partial\nx = partial(np.ndarray, (2,))(**{'buffer': X_train})",
    "through map": "x = list(map(np.ndarray, [(2,)]))",
    "through a factory": "from collections import defaultdict\nx = defaultdict(lambda: np.ndarray((1,)))[0]",
    "through getattr": "x = getattr(np, 'nd' + 'array')((1,))",
    "through an import": "from numpy import ndarray as a\nx = (lambda make: make((1,)))(a)",
    "through a list of types": "x = next(iter(np.ndarray[int, float]))((1,))",
}


@pytest.mark.parametrize("body", CLASS_OF_ARRAYS.values(), ids=CLASS_OF_ARRAYS)
def test_class_of_arrays_cannot_be_called(durable: Run, body: str) -> None:
    fault = _run(durable, body)
    assert fault is not None
    assert fault.exception == "TypeError"
    assert "the class of arrays" in fault.message or "not a plain numeric one" in fault.message


DTYPES = {
    "array": "x = np.array([len], O)",
    "array by keyword": "x = np.array([len], dtype=O)",
    "array by unpacked keyword": "x = np.array([len], **{'dtype': O})",
    "asarray": "x = np.asarray([len], O)",
    "empty": "x = np.empty(3, O)",
    "zeros of a class": "x = np.zeros(3, list)",
    "full": "x = np.full(3, len, O)",
    "fromiter": "x = np.fromiter([len], O)",
    "fromfunction": "x = np.fromfunction(lambda i: i, (2,), dtype=O)",
    "arange": "x = np.arange(0, 3, 1, O)",
    "linspace": "x = np.linspace(0, 1, 3, True, False, O)",
    "astype": "x = X_train.astype(O)",
    "astype of a scalar": "x = np.float64(1).astype(O)",
    "astype from the class": "x = np.generic.astype(np.float64(1), O)",
    "sum": "x = X_train.sum(0, O)",
    "np.sum": "x = np.sum(X_train, 0, O)",
    "reduce": "x = np.add.reduce(X_train, 0, O)",
    "accumulate": "x = np.add.accumulate(X_train, dtype=O)",
    "ufunc": "x = np.add(X_train, 1.0, dtype=O)",
    "ufunc by signature": "x = np.add(X_train, 1.0, **{'sig' + 'nature': 'OO->O'})",
    "ufunc by sig": "x = np.add(X_train, 1.0, **{'sig': 'OO->O'})",
    "ufunc by alias": "x = [np.add][0](X_train, 1.0, dtype=O)",
    "in map": "x = list(map(np.zeros, [3], [O]))",
    "in partial": "from functools import partial\nx = partial(np.zeros, dtype=O)(3)",
    "dtype": "x = np.dtype(O)",
    "dtype through its type": "x = np.dtype[np.float64](O)",
    "result_type": "x = np.result_type(O)",
    "promote_types": "x = np.promote_types(O, 'f8')",
    "fields": "x = np.zeros(2, [('a', 'i8'), ('b', 'f8')])",
    "overlapping fields": "x = np.zeros(1, {'names': ['a', 'b'], 'formats': ['i8', 'f8'], 'offsets': [0, 0]})",
    "fields over a number": "x = np.array([1, 2], ('i8', {'a': ('i4', 0), 'b': ('i4', 4)}))['b']",
    "several types": "x = np.zeros(1, '2i8,' + O)",
    "of some shape": "x = np.zeros(2, np.dtype(float) * 3)",
    "raw": "x = np.empty(1, 'V64')",
    "text": "x = np.empty(3, 'U8')",
    "bytes": "x = np.empty(3, 'S64')",
    "text of any length": "x = np.array(['a']).astype('T')",
    "dates": "x = np.array([0], 'M8[us]')",
    "text through str": "x = X_train.astype(str)",
}


@pytest.mark.parametrize("body", DTYPES.values(), ids=DTYPES)
def test_computed_dtype_that_is_not_numeric_is_refused(durable: Run, body: str) -> None:
    fault = _run(durable, OBJECT + body)
    assert fault is not None
    assert fault.exception in ("TypeError", "AttributeError")
    assert "not a plain numeric one" in fault.message or "permitted" in fault.message


IMPLICIT = {
    "array": "x = np.array([len, {}])",
    "zero dimensions": "x = np.array(len)",
    "stack": "x = np.stack([len, sorted])",
    "r_": "x = np.r_[len, 1]",
    "where": "x = np.where([True], len, 0)",
    "ufunc": "x = np.logical_or([len], [sorted])",
    "apply_along_axis": "x = np.apply_along_axis(lambda row: len, 0, X_train)",
    "choose": "x = np.array([0]).choose([[len]])",
    "clip": "x = np.ones(1).clip([10**30], [10**31])",
    "choice": "x = rng.choice([len, sorted], size=2)",
    "permutation": "x = rng.permutation([len, {}])",
    "in a tuple": "x = np.unique([10**30, 1], return_index=True)",
    "in a list": "x = np.split(np.zeros(2) + [10**30], 2)",
}


@pytest.mark.parametrize("body", IMPLICIT.values(), ids=IMPLICIT)
def test_array_of_objects_is_not_handed_out(durable: Run, body: str) -> None:
    fault = _run(durable, body)
    assert fault is not None
    assert fault.exception == "TypeError"
    assert "only numbers are permitted" in fault.message


def test_array_of_objects_that_an_operator_makes_takes_nothing_else(durable: Run) -> None:
    for write in ("x[0] = len", "x[0] += 1"):
        fault = _run(durable, f"x = np.zeros(1) + [10**30]\n{write}")
        assert fault is not None
        assert fault.exception == "TypeError"
        assert "array of objects" in fault.message


POINTERS = {
    "str decodes": "x = str(np.zeros(1) + [10**30], 'latin-1')",
    "str decodes numbers": "x = str(np.arange(3), 'ascii')",
    "str by alias": "x = [str][0](np.arange(3), 'latin-1')",
    "str in map": "x = list(map(str, [np.arange(3)], ['latin-1']))",
    "str by keyword": "x = str(**{'object': np.arange(3), 'encoding': 'latin-1'})",
}


@pytest.mark.parametrize("body", POINTERS.values(), ids=POINTERS)
def test_bytes_of_an_array_are_not_read_as_text(durable: Run, body: str) -> None:
    fault = _run(durable, body)
    assert fault is not None
    assert fault.exception == "TypeError"


@pytest.mark.parametrize("body", ["x = b''.join([np.arange(3)])", "x = b'%b' % np.arange(3)", "x = b'' in [X_train]"])
def test_bytes_do_not_compile(durable: Run, body: str) -> None:
    fault = _run(durable, body)
    assert fault is not None
    assert fault.kind == "refused"
    assert "Bytes literals" in fault.message


KEYS = {
    "global of numpy": 'x = np.r_["WRITABLE"]',
    "own name": 'x = np.c_["np"]',
    "computed": "x = [np.r_][0][''.join(['s', 'y', 's'])]",
    "matrix": 'x = np.r_["r", [1, 2]]',
    "in a lambda": 'from functools import reduce\nx = reduce(lambda a, b: a[b], [np.r_, "index"])',
    "numpy's text": 'x = np.r_[rng.choice(["owner", "owner"])]',
    "through a mapping's method": 'from collections.abc import Mapping\nx = Mapping.get(np.r_, "sys")',
    "through text formatting": 'x = "%(owner)s" % np.r_',
    "s_": 'x = np.s_["owner"]',
}


@pytest.mark.parametrize("body", KEYS.values(), ids=KEYS)
def test_text_is_never_looked_up_as_a_name(durable: Run, body: str) -> None:
    fault = _run(durable, body)
    assert fault is not None
    assert fault.exception == "TypeError"
    assert "text is not permitted" in fault.message


SEEDS = ["", "None", "seed=None", "'text'", "[]", "[None]", "1.5", "np.array([0.5])", "rng.random"]


@pytest.mark.parametrize("seed", SEEDS)
def test_generator_without_a_seed_that_repeats_is_refused(durable: Run, seed: str) -> None:
    fault = _run(durable, f"G = [np.random.default_rng][0]\nx = G({seed}).integers(100)")
    assert fault is not None
    assert fault.exception == "TypeError"
    assert "default_rng" in fault.message


def test_class_of_generators_cannot_be_called(durable: Run) -> None:
    fault = _run(durable, "x = [np.random.Generator][0](rng)")
    assert fault is not None
    assert "class of generators" in fault.message


WRITES = [
    "np.add.at(y, (0, 0), 100.0)",
    "[np.add][0].at(y, ([0], [0]), 100.0)",
    "np.negative.at(y, (0, 0))",
    "np.add.at(y.T, (0, 0), 100.0)",
    "np.add.at(y[:2], (0, 0), 100.0)",
    "np.add.at(y.reshape(-1), [0], 1.0)",
    "np.add.at(np.asarray(y), (0, 0), 1.0)",
    "np.put(y, [0], [5.0])",
    "np.copyto(y, 1.0)",
    "np.place(y, y > 0, [1.0])",
    "np.putmask(y, y > 0, 1.0)",
    "np.fill_diagonal(y, 5.0)",
    "np.put_along_axis(y, np.zeros((1, 2), int), 5.0, 0)",
    "np.add(y, 1.0, out=y)",
    "np.add(y, 1.0, y)",
    "np.add.reduce(y, axis=1, out=y[:, 0])",
    "np.add.accumulate(y, out=y)",
    "np.clip(y, 0.0, 1.0, out=y)",
    "np.cumsum(y, axis=0, out=y)",
    "np.round(y, out=y)",
    "np.take(y, [0], axis=0, out=y[:1])",
    "np.concatenate([y[:4], y[:4]], out=y)",
    "np.stack([y[:, 0], y[:, 1]], axis=1, out=y)",
    "np.matmul(y[:2], y[:2], out=y[:2])",
    "np.dot(y[:2], y[:2], out=y[:2])",
    "np.einsum('ij,jk->ik', y[:2], y[:2], out=y[:2])",
    "np.median(y, axis=0, overwrite_input=True)",
    "np.percentile(y, 50, axis=0, overwrite_input=True)",
    "np.nan_to_num(y, copy=False, posinf=1.0)",
    "np.mean(y, axis=1, out=y[:, 0])",
    "np.max(y, axis=1, out=y[:, 0])",
    "rng.shuffle(y)",
    "rng.permuted(y, axis=0, out=y)",
    "rng.standard_normal(out=y)",
    "rng.random(out=y)",
    "rng.standard_exponential(out=y)",
    "rng.standard_gamma(1.0, out=y)",
    "y.fill(5.0)",
    "y.sort(axis=0)",
    "y.partition(1, axis=0)",
    "y.put([0], [5.0])",
    "y.clip(0.0, 1.0, out=y)",
    "y.cumsum(axis=0, out=y)",
]


def test_nothing_listed_writes_read_only_rows(durable: Run) -> None:
    """One program tries every way after the other and reports those that changed a value."""
    tries = "".join(f"    lambda y, rng: {write},\n" for write in WRITES)
    body = """
    x = []
    for number, write in enumerate(TRIES):
        try:
            write(X_train, rng)
        except ValueError:
            pass
        if not np.array_equal(X_train, np.arange(16.0).reshape(8, 2)):
            x.append(number)
            break
    if not x:
        raise ValueError("every row is as it was")
    """
    fault = _run(durable, textwrap.dedent(body), f"TRIES = (\n{tries})\n")
    assert fault is not None
    assert fault.message == "every row is as it was", fault


def test_a_broadcast_array_is_not_written_at_places(durable: Run) -> None:
    fault = _run(durable, "x = np.broadcast_to(np.zeros(1), (4,))\nnp.add.at(x, [0, 1], 1.0)")
    assert fault is not None
    assert "read-only" in fault.message


def test_a_keyword_may_be_called_as_the_guard_of_calls_calls_its_own(durable: Run) -> None:
    fault = _run(durable, 'def h(function):\n    return function\nx = h(**{"function": 3})')
    assert fault is not None
    assert (fault.exception, fault.message) == ("KeyError", "('reached', '3')")


def test_everyday_uses_of_the_stand_ins_work(durable: Run) -> None:
    body = """
    from typing import List, Optional, Union
    from numpy.typing import NDArray
    types = [Optional[np.ndarray], Union[NDArray[np.float64], str], List[np.ndarray], np.ndarray | None, str | None]
    assert isinstance(X_train, np.ndarray) and isinstance(X_train, (list, np.ndarray)) and not isinstance(1, np.ndarray)
    assert isinstance(X_train, np.ndarray | None) and isinstance(X_train, types[3]) and isinstance("a", types[4])
    assert isinstance("a", str) and not isinstance(1, str) and issubclass(np.ndarray, np.ndarray)
    assert isinstance(rng, np.random.Generator) and isinstance(X_train.dtype, np.dtype)
    assert str(1.5) == "1.5" and str() == "" and str.upper("a") == "A" and sorted([10, 9], key=str) == [10, 9]
    assert np.dtype("float64") == float and np.dtype(X_train.dtype).name == "float64"
    assert np.add.reduce([1, 2]) == 3 and np.maximum.accumulate(np.array([1, 3, 2])).tolist() == [1, 3, 3]
    assert np.random.default_rng(7).random() == np.random.default_rng(np.int64(7)).random()
    assert np.random.default_rng(rng) is rng and np.random.default_rng([1, 2]).random() < 1
    assert np.random.default_rng(rng.integers(0, 9, 3)).random() < 1
    assert np.r_[0:3, 5].tolist() == [0, 1, 2, 5] and np.c_[[1], [2]].shape == (1, 2) and np.s_[1:2] == slice(1, 2)
    assert np.apply_along_axis(np.median, 0, X_train).shape == (2,) and np.bool(1)
    assert np.array(["a", "b"]).tolist() == ["a", "b"] and rng.choice(["a", "b"]) in ("a", "b")
    assert np.zeros(2, "f4").astype(float, copy=False).sum(dtype=np.float64) == 0.0
    x = len(types)
    """
    fault = _run(durable, textwrap.dedent(body))
    assert fault is not None
    assert (fault.exception, fault.message) == ("KeyError", "('reached', '5')")
