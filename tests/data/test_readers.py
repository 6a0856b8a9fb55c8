"""Every file that is read, and every file that is refused, with the sentence it gets."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import savemat

from llmdas.data import table as table_module
from llmdas.data.readers import default_table, read_table
from tests.data.files import Canary, X, Y, csv_text, refused, write

# What is read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_label(tmp_path: Path, delimiter: str) -> None:
    table = read_table(write(tmp_path, "t.csv", csv_text(delimiter=delimiter)), "label")
    np.testing.assert_array_equal(table.X, X)
    assert table.y is not None
    np.testing.assert_array_equal(table.y, Y)
    assert (table.columns, table.name, table.notes) == (("a", "b", "c"), "t", ())
    assert (table.X.dtype, table.y.dtype) == (np.float64, np.int64)


def test_table_is_read_only(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "t.csv", csv_text()), "label")
    with pytest.raises(ValueError, match="read-only"):
        table.X[0, 0] = 1.0
    assert table.y is not None
    with pytest.raises(ValueError, match="read-only"):
        table.y[0] = 1


def test_every_format_gives_the_same_values(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", X=X, y=Y)
    savemat(tmp_path / "t.mat", {"X": X, "y": Y[:, None]})
    pq.write_table(pa.table({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "label": Y}), tmp_path / "t.parquet")
    write(tmp_path, "t.csv", csv_text())
    for name, label in (("t.npz", "y"), ("t.mat", "y"), ("t.parquet", "label"), ("t.csv", "label")):
        table = read_table(tmp_path / name, label)
        np.testing.assert_array_equal(table.X, X, err_msg=name)
        np.testing.assert_array_equal(table.y, Y, err_msg=name)


def test_without_a_label_nothing_is_labelled_and_a_column_that_looks_like_one_is_told(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "t.csv", csv_text()), None)
    assert table.y is None
    assert table.columns == ("a", "b", "c", "label")
    assert "the column 'label' holds only 0 and 1 and was read as a feature" in table.notes[0]


def test_first_line_of_numbers_is_no_header(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "t.csv", csv_text().split("\n", 1)[1]), "c3")
    assert table.columns == ("c0", "c1", "c2")
    np.testing.assert_array_equal(table.X, X)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: "\n\n" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("a,b", '"a", b'),
        lambda text: text.replace(",0\n", ",false\n").replace(",1\n", ",TRUE\n"),
        lambda text: text.replace(",", " , "),
    ],
    ids=["bom", "crlf", "blank lines", "blank first", "no last newline", "quoted name", "boolean label", "spaces"],
)
def test_usual_csv_habits_are_read(tmp_path: Path, change: Callable[[str], str]) -> None:
    table = read_table(write(tmp_path, "t.csv", change(csv_text())), "label")
    np.testing.assert_array_equal(table.X, X)
    np.testing.assert_array_equal(table.y, Y)


def test_number_texts_and_booleans(tmp_path: Path) -> None:
    rows = ["1e5,true,.5", "-2E-3,False,+7", *["0,true,1"] * 8]
    table = read_table(write(tmp_path, "t.csv", "a,b,c\n" + "\n".join(rows)), None)
    np.testing.assert_array_equal(table.X[:2], [[1e5, 1, 0.5], [-2e-3, 0, 7]])


def test_parquet_integers_booleans_and_decimals(tmp_path: Path) -> None:
    columns = {
        "int": pa.array(range(20), pa.int16()),
        "bool": pa.array([True, False] * 10),
        "decimal": pa.array(range(20)).cast(pa.decimal128(21, 2)),
        "float": pa.array(range(20), pa.float32()),
        "big": pa.array([2**60 + 1] * 20),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet", row_group_size=7)
    table = read_table(tmp_path / "t.parquet", None)
    np.testing.assert_array_equal(table.X[3], [3, 0, 3, 3, 2.0**60])


def test_npz_with_one_two_dimensional_array_and_named_labels(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "t.npz", data=X.astype(np.float32), truth=Y.astype(bool), extra=np.arange(3))
    table = read_table(tmp_path / "t.npz", "truth")
    np.testing.assert_array_equal(table.X, X.astype(np.float32))
    np.testing.assert_array_equal(table.y, Y)
    assert read_table(tmp_path / "t.npz", None).y is None


def test_fortran_ordered_array_keeps_its_meaning(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", X=np.asfortranarray(X))
    table = read_table(tmp_path / "t.npz", None)
    np.testing.assert_array_equal(table.X, X)
    assert table.X.flags.c_contiguous


def test_default_table_has_malignant_as_anomaly() -> None:
    table = default_table()
    assert table.y is not None
    assert (table.X.shape, int(table.y.sum()), table.name) == ((569, 30), 212, "breast_cancer")
    assert table.X[table.y == 1, 0].mean() > table.X[table.y == 0, 0].mean()  # malignant cells have the larger radius


def test_digest_changes_with_every_part(tmp_path: Path) -> None:
    base = read_table(write(tmp_path, "t.csv", csv_text()), "label").digest
    other = X.copy()
    other[19, 2] += 1e-4
    changed = {
        read_table(write(tmp_path, "t.csv", csv_text(other)), "label").digest,
        read_table(write(tmp_path, "t.csv", csv_text(y=Y[::-1])), "label").digest,
        read_table(write(tmp_path, "t.csv", csv_text().replace("a,", "z,", 1)), "label").digest,
        read_table(write(tmp_path, "t.csv", csv_text(y=None)), None).digest,
    }
    assert len(changed | {base}) == 5
    assert read_table(write(tmp_path, "other.csv", csv_text()), "label").digest == base


# What is refused


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "table.csv", csv_text())
    error = refused(tmp_path / "tabel.csv")
    assert "There is no file" in error.problem
    assert "table.csv?" in error.remedy
    assert "Check the path" in refused(tmp_path / "nowhere" / "x.csv").remedy


def test_folder_fifo_and_unknown_ending(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path).problem
    os.mkfifo(tmp_path / "t.csv")
    assert "not a regular file" in refused(tmp_path / "t.csv").problem
    assert "'.xlsx'" in refused(write(tmp_path, "t.xlsx", b"PK\x03\x04")).problem
    np.save(tmp_path / "t.npy", X)
    assert "numpy.savez" in refused(tmp_path / "t.npy").remedy


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz", "mat"])
def test_empty_and_foreign_content(tmp_path: Path, ending: str) -> None:
    assert "is empty" in refused(write(tmp_path, f"t.{ending}", b"")).problem
    refused(write(tmp_path, f"t.{ending}", b"\x00\xff\xfe not a table \x00" * 20))
    refused(write(tmp_path, f"t.{ending}", b"PK\x03\x04" + bytes(50)))
    refused(write(tmp_path, f"t.{ending}", b"PAR1" + bytes(50) + b"PAR1"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("\n \n\n", ("no name",)),
        ("\n\n", ("only blank lines",)),
        ("a,b\n", ("header and no rows",)),
        ("a,b\n1,2\n3\n", ("line 3", "1 field", "header has 2")),
        ("a,b\n1,2\n\n3,4,5\n", ("line 4", "3 field", "header has 2")),
        ("a,b\n1,2\n3,\n", ("line 3", "'b' is empty")),
        ("a,b\n1,x y\n", ("line 2", "'b'", "'x y'", "not a number")),
        ("a,b\n1,2\n3,1_000\n", ("line 3", "'1_000'")),
        ("a,b\n1,2\n3,0x1F\n", ("line 3", "'0x1F'")),
        ("a,b\n1,2\n3,nan\n4,NaN\n", ("'b'", "2 value(s)", "nan", "line 3")),
        ("a,b\n1,2\n\n-inf,3\n", ("'a'", "1 value(s)", "-inf", "line 4")),
        ("a,b\n1,1e999\n", ("'b'", "inf", "line 2")),
        ("a,b\n" + "1,2\n" * 20, ("every column is constant",)),
        ("a,b\n" + "".join(f"{i},2\n" for i in range(7)), ("7 normal row(s)", "at least 8")),
        ("a,b,a\n1,2,3\n", ("2 columns are named 'a'",)),
        ("a,,b\n1,2,3\n", ("column 2 has no name",)),
        ('a,b\n1,"2\n3,4\n', ("line",)),
        ("a,b\n1,2\n\xff,4\n".encode("latin-1"), ("not UTF-8", "0xff")),
        (b"a,b\n1,2\x00\n", ("line 2",)),
        (b"\x1f\x8b\x08\x00rest", ("not text but gzip",)),
    ],
)
def test_csv_at_fault_is_told_where(tmp_path: Path, text: str | bytes, parts: tuple[str, ...]) -> None:
    error = refused(write(tmp_path, "t.csv", text))
    for part in (str(tmp_path / "t.csv"), *parts):
        assert part in error.problem


def test_fault_deep_in_a_long_csv_is_told_by_its_line(tmp_path: Path) -> None:
    lines = ["a,b", *(f"{i},{i * 0.5}" for i in range(5000))]
    lines[4321] = "7,seven"
    assert "line 4322" in refused(write(tmp_path, "t.csv", "\n".join(lines))).problem


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_label_column_that_is_not_there(tmp_path: Path, ending: str) -> None:
    write(tmp_path, "t.csv", csv_text())
    pq.write_table(pa.table({"a": X[:, 0], "label": Y}), tmp_path / "t.parquet")
    error = refused(tmp_path / f"t.{ending}", "lable")
    assert "no column 'lable'; it has 'a', " in error.problem
    assert error.remedy == "Did you mean LABEL=label?"
    assert "Name one of these" in refused(tmp_path / f"t.{ending}", "zzzzz").remedy


def test_label_array_that_is_not_there(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", X=X, y=Y)
    assert "no array 'target'; it has 'X', 'y'" in refused(tmp_path / "t.npz", "target").problem


@pytest.mark.parametrize(("value", "word"), [(0, "normal"), (1, "anomalies")])
def test_one_class_is_refused_when_labels_are_asked_for(tmp_path: Path, value: int, word: str) -> None:
    path = write(tmp_path, "t.csv", csv_text(y=np.full(20, value)))
    assert f"all 20 rows are labelled {word}" in refused(path, "label").problem


def test_few_normals_among_many_anomalies(tmp_path: Path) -> None:
    assert "4 normal row(s)" in refused(write(tmp_path, "t.csv", csv_text(y=1 - Y)), "label").problem


def test_label_column_alone_is_no_table(tmp_path: Path) -> None:
    text = "label\n" + "0\n" * 10 + "1\n" * 3
    assert "no column beside the label" in refused(write(tmp_path, "t.csv", text), "label").problem


def test_missing_label(tmp_path: Path) -> None:
    text = csv_text().replace(",1\n", ",\n", 1)
    assert "line 18: the label 'label' is empty" in refused(write(tmp_path, "t.csv", text), "label").problem


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("ending", ["pkl", "joblib", "csv", "npz", "mat", "parquet", "txt"])
def test_pickle_is_never_loaded_whatever_its_ending(tmp_path: Path, ending: str, protocol: int) -> None:
    path = write(tmp_path, f"t.{ending}", pickle.dumps(Canary(tmp_path / "sprung"), protocol))
    assert "never loaded" in refused(path).problem
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("protocol", [0, 1])
@pytest.mark.parametrize("ending", ["pkl", "csv", "npz", "mat", "parquet"])
def test_old_pickle_is_not_loaded_either(tmp_path: Path, ending: str, protocol: int) -> None:
    refused(write(tmp_path, f"t.{ending}", pickle.dumps(Canary(tmp_path / "sprung"), protocol)))
    assert not (tmp_path / "sprung").exists()


def test_canary_would_be_seen(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Canary(tmp_path / "sprung")))
    assert (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["X", "y", "unused"])
def test_npz_with_object_array_is_never_unpickled(tmp_path: Path, name: str) -> None:
    trap = np.array([[Canary(tmp_path / "sprung")]], dtype=object)
    np.savez(tmp_path / "t.npz", **{"X": X, "y": Y, name: trap}, allow_pickle=True)
    error = refused(tmp_path / "t.npz")
    assert f"{name!r} holds Python objects" in error.problem
    assert not (tmp_path / "sprung").exists()


def test_npz_member_that_is_a_bare_pickle_is_not_loaded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("X.npy", pickle.dumps(Canary(tmp_path / "sprung")))
    assert "not a plain array" in refused(tmp_path / "t.npz").problem
    assert not (tmp_path / "sprung").exists()


def npz_with_header(path: Path, shape: tuple[int, ...], body: bytes) -> Path:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", stream.getvalue() + body)
    return path


def test_npz_that_declares_more_than_fits_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    assert "above the limit of 8 GiB" in refused(npz_with_header(tmp_path / "t.npz", (1 << 40, 8), b"")).problem
    assert "above the limit" in refused(npz_with_header(tmp_path / "t.npz", (1 << 62, 1 << 62), b"")).problem


def test_npz_whose_header_promises_other_bytes_than_it_holds(tmp_path: Path) -> None:
    assert (
        "promises 80,000,000 bytes and holds 80"
        in refused(npz_with_header(tmp_path / "t.npz", (1000000, 10), bytes(80))).problem
    )


def test_zip_bomb_is_refused_by_its_declared_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "MAX_BYTES", 1 << 20)
    bomb = npz_with_header(tmp_path / "t.npz", (1 << 16, 4), bytes(1 << 21))
    assert bomb.stat().st_size < 1 << 14
    assert "65,536 x" in refused(bomb).problem or "above the limit" in refused(bomb).problem


@pytest.mark.parametrize(
    ("arrays", "part"),
    [
        ({"X": X[0]}, "shape (3,)"),
        ({"X": X[None]}, "shape (1, 20, 3)"),
        ({"X": X, "y": Y[:-1]}, "shape (19,) for 20 rows"),
        ({"X": X.astype(str)}, "not numeric"),
        ({"X": X + 1j}, "not numeric"),
        ({"a": X, "b": X}, "no array 'X' and 2 numeric arrays"),
        ({"y": Y}, "no array 'X' and 0 numeric arrays"),
        ({"X": np.where(X > 2, np.nan, X) * np.nan}, "column 'c0' holds 20 value(s)"),
        ({"X": np.zeros((0, 3))}, "no rows"),
        ({"X": X, "y": np.arange(20)}, "20 different value(s)"),
    ],
)
def test_npz_at_fault_is_told_why(tmp_path: Path, arrays: dict[str, Any], part: str) -> None:
    np.savez(tmp_path / "t.npz", **arrays)
    assert part in refused(tmp_path / "t.npz", "y" if "X" in arrays and "y" in arrays else None).problem


def test_labels_of_an_array_file_are_read_only_when_named_and_told_otherwise(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", X=X, y=Y)
    savemat(tmp_path / "t.mat", {"X": X, "y": Y[:, None]})
    for name in ("t.npz", "t.mat"):
        table = read_table(tmp_path / name, None)
        assert table.y is None
        assert "the array 'y' was not read, because LABEL does not name it" in table.notes[0]


def test_values_whose_squares_overflow_are_refused(tmp_path: Path) -> None:
    huge = X.copy()
    huge[3, 1] = 1e200
    np.savez(tmp_path / "t.npz", X=huge)
    assert "column 'c1' holds 1e+200 in row 4, beyond 1e+100" in refused(tmp_path / "t.npz").problem


def test_a_dangling_link_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to(tmp_path / "gone.csv")
    assert "is a link to" in refused(tmp_path / "t.csv").problem


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "t.npz", X=X, y=Y)
    savemat(tmp_path / "t.mat", {"X": X, "y": Y}, do_compression=True)
    pq.write_table(pa.table({"a": X[:, 0]}), tmp_path / "t.parquet")
    for name in ("t.npz", "t.mat", "t.parquet"):
        content = (tmp_path / name).read_bytes()
        for cut in (10, len(content) // 2, len(content) - 4):
            refused(write(tmp_path, name, content[:cut]), None if name == "t.parquet" else "y")


def test_mat_version_and_type(tmp_path: Path) -> None:
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n"
    assert "MATLAB 7.3" in refused(write(tmp_path, "t.mat", head)).problem
    savemat(tmp_path / "t.mat", {"X": np.array([["a", 1]], dtype=object)})
    assert "not numeric" in refused(tmp_path / "t.mat").problem


@pytest.mark.parametrize(
    ("column", "part"),
    [
        (pa.array(["u", "v"] * 10), "'b' is not numeric but string, the first value being 'u'"),
        (pa.array([None] * 5 + [1.0] * 15), "'b' holds 5 missing value(s), the first in row 1"),
        (pa.array([1.0] * 19 + [float("inf")]), "'b' holds 1 value(s) that are not finite, the first, inf, in row 20"),
        (pa.array([[1.0]] * 20), "not numeric but list"),
        (pa.array(range(20)).cast(pa.timestamp("s")), "not numeric but timestamp"),
    ],
)
def test_parquet_at_fault_is_told_why(tmp_path: Path, column: pa.Array, part: str) -> None:
    pq.write_table(pa.table({"a": X[:, 0], "b": column}), tmp_path / "t.parquet")
    assert part in refused(tmp_path / "t.parquet").problem


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", csv_text())
    path.chmod(0)
    assert "cannot be read" in refused(path).problem
