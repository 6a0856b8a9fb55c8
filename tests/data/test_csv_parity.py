"""The fast and the plain reading of a CSV agree, whatever the cells hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from llmdas.data import text
from llmdas.data.table import Columns
from llmdas.errors import DataError

NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1e6, 1e6).map(lambda value: f"{value:.3e}"),
    st.sampled_from([" 1", "2 ", "+3", ".5", "5.", "1E5", '"4"', "true", "FALSE", "-0"]),
)
CELLS = st.one_of(NUMBERS, st.sampled_from(["", "nan", "inf", "x", "1_0", "0x1", "1,5", '"', "\u0661", "1e999"]))


def plain(path: Path) -> Columns | None:
    try:
        return text._plain(path, text._layout(path, None, "t"), "t")
    except DataError:
        return None


def whole(path: Path) -> Columns | None:
    try:
        return text.read_csv(path, None)
    except DataError:
        return None


@settings(max_examples=120, deadline=None)
@given(
    rows=st.integers(1, 4).flatmap(lambda d: st.lists(st.lists(CELLS, min_size=d, max_size=d), min_size=1, max_size=6)),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_both_readings_agree_on_values_and_on_refusal(rows: list[list[str]], ending: str) -> None:
    header = [f"n{place}" for place in range(len(rows[0]))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(ending.join(",".join(row) for row in [header, *rows]).encode())
        expected, found = plain(path), whole(path)
        if expected is None or found is None:
            assert found is expected
            return
        np.testing.assert_array_equal(found.X, expected.X)
        assert found.columns == expected.columns


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_give_a_table_or_one_sentence(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(content)
        message = str(path)
        try:
            text.read_csv(path, None)
        except DataError as error:
            message = str(error)
        assert str(path) in message


def test_clean_file_takes_the_fast_reading(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    found = text._fast(path, text._layout(path, None, "t"))
    assert found is not None
    np.testing.assert_array_equal(found.X, [[1, 2], [3, 4]])
