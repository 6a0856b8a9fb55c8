"""What a program gives back, on both backends."""

from __future__ import annotations

import numpy as np
import pytest

from llmdas_sandbox import Generator, Rows, Sandbox, Scalar
from llmdas_sandbox.guest.program import NotAnArray, as_result
from tests.sandbox.programs import HEAD, X, arguments, request, source_request


def test_array_comes_back_with_arguments_in_order(sandbox: Sandbox) -> None:
    result = sandbox.execute(request("return np.array([[n, X.sum(), model.predict_score(X).sum(), rng.normal()]])"))
    assert result.fault is None
    assert result.value.tolist() == [[5.0, 66.0, 66.0, np.random.default_rng(1).normal()]]
    assert result.value.dtype == np.float64
    assert (result.backend, result.level, len(result.guest)) == (sandbox.backend, "fresh", 64)


def test_usage_counts_calls_rows_printed_time_and_memory(sandbox: Sandbox) -> None:
    usage = sandbox.execute(request("print('abc')\nmodel.predict_score(X)\nreturn model.predict_score(X[:1])")).usage
    assert (usage.callback_calls, usage.callback_rows, usage.printed) == (2, 5, 4)
    assert 0 < usage.wall_s < 20
    assert 0 < usage.cpu_s < 20
    assert 10 << 20 < usage.peak_bytes < 1 << 30


BITS = """
names = list(set(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg']))
vectors = np.linalg.eigh(np.cov(X.copy() + rng.normal(size=X.shape), rowvar=False))[1]
return np.hstack([vectors.sum(axis=0), np.random.normal(size=3), [len(name) for name in names]])
"""


def test_same_request_gives_the_same_bits(sandbox: Sandbox) -> None:
    values = [sandbox.execute(request(BITS)).value.tobytes() for _ in range(2)]
    assert values[0] == values[1]
    assert values[0] != sandbox.execute(request(BITS, given=arguments(seed=2))).value.tobytes()


def test_global_generator_is_seeded_by_the_request_where_no_generator_is_passed(sandbox: Sandbox) -> None:
    def draw(seed: int) -> list[float]:
        source = b"import numpy as np\ndef run():\n    return np.random.normal(size=3)\n"
        return sandbox.execute(source_request(source, given={}, seed=seed)).value.tolist()

    assert draw(7) == np.random.RandomState(7).normal(size=3).tolist()
    assert draw(7) != draw(8)


def test_rows_are_private_and_read_only(sandbox: Sandbox) -> None:
    before = X.copy()
    fault = sandbox.execute(request("X[0, 0] = 9.0\nreturn X")).fault
    assert (fault.kind, fault.exception, fault.line) == ("exception", "ValueError", 5)
    assert np.array_equal(X, before)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3,), (2, 3, 4)])
def test_rows_of_any_shape_and_byte_order_arrive_as_they_are(sandbox: Sandbox, shape: tuple[int, ...]) -> None:
    sent = np.asfortranarray(np.arange(float(np.prod(shape))).reshape(shape)).astype(">f8")
    value = sandbox.execute(source_request(b"def run(X):\n    return X\n", given={"X": Rows(sent)})).value
    assert np.array_equal(value, sent)
    assert value.shape == shape


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3", 3.0),
        ("[1, 2]", [1.0, 2.0]),
        ("np.arange(3) > 0", [0.0, 1.0, 1.0]),
        ("np.array([np.nan, np.inf])", [np.nan, np.inf]),
    ],
)
def test_what_is_convertible_is_converted(sandbox: Sandbox, expression: str, value: object) -> None:
    assert np.array_equal(sandbox.execute(request(f"return {expression}")).value, value, equal_nan=True)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("None", "NoneType with dtype object"),
        ("'text'", "str with dtype <U4"),
        ("[[1], [1, 2]]", "list that is no array"),
        ("np.array([1j])", "dtype complex128 and shape (1,)"),
        ("[{}]", "list with dtype object"),
        ("np.zeros((1, 1, 1, 1, 1))", "shape (1, 1, 1, 1, 1)"),
    ],
)
def test_other_results_are_faults_that_say_what_came(sandbox: Sandbox, expression: str, said: str) -> None:
    fault = sandbox.execute(request(f"return {expression}")).fault
    assert fault.kind == "result"
    assert said in fault.message


def test_masked_array_is_no_result() -> None:
    """The guards hand none out; should one come about all the same, its mask is not thrown away silently."""
    with pytest.raises(NotAnArray, match="masked array"):
        as_result(np.ma.masked_array([1.0], [True]), 1 << 10)


def test_permitted_modules_that_numpy_does_not_load_can_be_used(sandbox: Sandbox) -> None:
    head = "import statistics\nfrom fractions import Fraction\n\n\ndef run():\n"
    body = "    return float(statistics.median([Fraction(1, 2)] * 3) * 2)\n"
    assert sandbox.execute(source_request((head + body).encode(), given={})).value == 1.0


def test_large_arrays_travel_whole(sandbox: Sandbox) -> None:
    big = np.random.default_rng(0).normal(size=(200_000, 10))
    given = {"n": Scalar(1), "X": Rows(big), "rng": Generator(1)}
    result = sandbox.execute(source_request(b"def run(n, X, rng):\n    return X * 2\n", given=given))
    assert np.array_equal(result.value, big * 2)


def test_helper_functions_and_module_constants_work(sandbox: Sandbox) -> None:
    source = f"WIDTH = 2\n\n\ndef helper(a):\n    return a * WIDTH\n\n\n{HEAD}    return helper(X)\n".encode()
    assert np.array_equal(sandbox.execute(source_request(source)).value, X * 2)
