"""CSV: pyarrow reads it fast; where pyarrow stumbles, a plain reading names line, column and value at fault."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from llmdas.data.choose import label_position
from llmdas.data.table import Columns, check_names
from llmdas.errors import DataError

DELIMITERS = (",", ";", "\t")
_TRUTH = {"true": 1.0, "false": 0.0}
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PAR1": "Parquet"}


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file is laid out: delimiter, column names, physical lines before the first row, place of the label."""

    delimiter: str
    columns: tuple[str, ...]
    skip: int
    label: int | None

    @property
    def features(self) -> tuple[int, ...]:
        return tuple(place for place in range(len(self.columns)) if place != self.label)


def read_csv(path: Path, label: str | None) -> Columns:
    """Read a CSV in UTF-8 with the delimiter ``,``, ``;`` or tab and a header.

    A first line of numbers only is no header: the columns are then named c0, c1, ... Booleans become 0 and 1.

    Raises:
        DataError: naming file, line, column and value of what is wrong.
    """
    where = str(path)
    with path.open("rb") as stream:
        head = stream.read(8)
    for magic, kind in _COMPRESSED.items():
        if head.startswith(magic):
            raise DataError(f"{where} is not text but {kind}.", "Give a plain CSV file.")
    layout = _layout(path, label, where)
    found = _fast(path, layout)
    return found if found is not None else _plain(path, layout, where)


def _records(path: Path, delimiter: str, where: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Yield (1-based line where the record ends, fields) of every record that is not a blank line."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=strict)
        try:
            for fields in reader:
                if fields:
                    yield reader.line_num, fields
        except UnicodeDecodeError as error:
            raise DataError(
                f"{where} is not UTF-8 text: byte {error.object[error.start]:#04x} after line {reader.line_num}.",
                "Save it as UTF-8.",
            ) from error
        except csv.Error as error:
            raise DataError(
                f"{where}, line {reader.line_num}: {error}.", "Check the quotes there and that the file is text."
            ) from error


def _layout(path: Path, label: str | None, where: str) -> _Layout:
    """Take the delimiter that splits the first record into most fields; earlier ones win a tie."""
    firsts = [(next(_records(path, delimiter, where, strict=False), None), delimiter) for delimiter in DELIMITERS]
    best, delimiter = max(firsts, key=lambda first: len(first[0][1]) if first[0] else 0)
    if best is None:
        raise DataError(f"{where} holds only blank lines.", "Give a table with a header and rows.")
    line, fields = best
    if all(_number(field) is not None for field in fields):
        columns, skip = tuple(f"c{place}" for place in range(len(fields))), line - 1
    else:
        columns, skip = tuple(field.strip() for field in fields), line
    check_names(columns, where)
    return _Layout(delimiter, columns, skip, label_position(columns, label, where))


def _fast(path: Path, layout: _Layout) -> Columns | None:
    """Read with pyarrow; None when it stumbles or a value is not finite, so that the plain reading can say where."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    places = [str(place) for place in range(len(layout.columns))]
    types = {name: pa.string() if place == layout.label else pa.float64() for place, name in enumerate(places)}
    try:
        table = arrow.read_csv(
            path,
            read_options=arrow.ReadOptions(column_names=places, skip_rows=layout.skip),
            parse_options=arrow.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(column_types=types, null_values=[]),
        )
    except pa.ArrowException:
        return None
    X = np.empty((table.num_rows, len(layout.features)), dtype=np.float64)
    for position, place in enumerate(layout.features):
        X[:, position] = table.column(place).to_numpy()
    labels = None if layout.label is None else table.column(layout.label).to_pylist()
    if X.size == 0 or not np.isfinite(X).all() or (labels is not None and not all(labels)):
        return None
    return Columns(X, tuple(layout.columns[place] for place in layout.features), labels, unit="line")


def _plain(path: Path, layout: _Layout, where: str) -> Columns:
    """Read field by field; raises at the first one that is no number, else gives what pyarrow should have."""
    values, labels, lines = array("d"), [], array("q")
    for line, fields in _records(path, layout.delimiter, where):
        if line <= layout.skip:
            continue
        if len(fields) != len(layout.columns):
            raise DataError(
                f"{where}, line {line} has {len(fields)} field(s), and the header has {len(layout.columns)}.",
                "Give every row the same number of fields.",
            )
        lines.append(line)
        for place in layout.features:
            values.append(_value(fields[place], line, layout.columns[place], where))
        if layout.label is not None:
            labels.append(_label(fields[layout.label], line, layout.columns[layout.label], where))
    if not lines:
        raise DataError(f"{where} has a header and no rows.", "Give a table with rows.")
    columns = tuple(layout.columns[place] for place in layout.features)
    X = np.array(values, dtype=np.float64).reshape(len(lines), len(columns))
    return Columns(X, columns, labels if layout.label is not None else None, lines, "line")


def _value(text: str, line: int, column: str, where: str) -> float:
    number = _number(text)
    if number is not None:
        return number
    if not text.strip():
        raise DataError(
            f"{where}, line {line}: the column {column!r} is empty.", "Fill or drop that row, or drop the column."
        )
    raise DataError(
        f"{where}, line {line}: the column {column!r} holds {text.strip()[:40]!r}, which is not a number.",
        "Drop or encode that column, or name it with LABEL if it holds the labels.",
    )


def _label(text: str, line: int, column: str, where: str) -> str:
    if not text.strip():
        raise DataError(f"{where}, line {line}: the label {column!r} is empty.", "Drop rows without a label.")
    return text


def _number(text: str) -> float | None:
    """A decimal number, NaN, infinity, true or false; None for the rest, also for what only Python reads (1_000)."""
    text = text.strip()
    if text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None
