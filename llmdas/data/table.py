"""The record of one table, and what every table must satisfy whatever file it came from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llmdas.digest import canonical_json
from llmdas.errors import DataError

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Labels = NDArray[np.int64]

MIN_NORMALS = 8  # the least number of rows that the contract promises to a program
MAX_VALUE = 1e100  # scaling squares and sums values, which must stay finite
MAX_BYTES = 8 << 30  # of float64 values; a file that declares more is refused before memory is taken


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table as it was read; its arrays are read-only.

    Attributes:
        X: float64 (n, d), finite.
        y: int64 (n,), 0 = normal and 1 = anomaly, or None when the file has no labels.
        columns: d names, all different.
        name: the file's name without its ending.
        digest: hex SHA-256 over columns, shape, the bytes of X and, when there are labels, of y.
        notes: sentences for the account, such as how two label values were mapped to 0 and 1.
    """

    X: Matrix
    y: Labels | None
    columns: tuple[str, ...]
    name: str
    digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What a reader found in a file, before it is judged as a table.

    Attributes:
        X: float64 (n, d), perhaps with NaN or infinite values.
        columns: d names.
        labels: n raw values of the label column, or None.
        lines: 1-based place of each row in the file; None when the i-th row stands in place i + 1.
        unit: ``line`` or ``row``, what `lines` counts.
        unread: names of what looks like labels and was not read, because LABEL does not name it.
    """

    X: Matrix
    columns: tuple[str, ...]
    labels: Sequence[object] | None = None
    lines: Sequence[int] | None = None
    unit: str = "row"
    unread: tuple[str, ...] = ()


def check_size(rows: int, columns: int, where: str) -> None:
    """Refuse a table whose declared size would not fit, before anything is allocated.

    Raises:
        DataError: rows x columns float64 values are more than `MAX_BYTES`.
    """
    size = rows * columns * 8
    if size > MAX_BYTES:
        raise DataError(
            f"{where} declares {rows:,} x {columns:,} values, {size / 2**30:,.1f} GiB as float64, above the limit of"
            f" {MAX_BYTES >> 30} GiB.",
            "Take fewer rows or columns.",
        )


def check_names(columns: Sequence[str], where: str) -> None:
    """Check that no column name is empty or stands twice.

    Raises:
        DataError: naming the column.
    """
    for position, name in enumerate(columns, start=1):
        if not name.strip():
            raise DataError(f"{where}: column {position} has no name.", "Name every column.")
    for name, count in Counter(columns).most_common(1):
        if count > 1:
            raise DataError(f"{where}: {count} columns are named {name!r}.", "Rename them so that all differ.")


def check_values(found: Columns, where: str) -> None:
    """Check that there are rows, all finite and of a size that can be squared, and that some column varies.

    Raises:
        DataError: naming column, count and first place.
    """
    X = found.X
    if X.shape[1] == 0:
        raise DataError(f"{where} has no column beside the label.", "Give at least one numeric column.")
    if X.shape[0] == 0:
        raise DataError(f"{where} has no rows.", "Give a table with rows.")
    varies = False
    for position, name in enumerate(found.columns):
        column = X[:, position]
        bad = np.flatnonzero(~np.isfinite(column))
        if bad.size:
            place = int(bad[0]) + 1 if found.lines is None else found.lines[int(bad[0])]
            raise DataError(
                f"{where}: column {name!r} holds {bad.size} value(s) that are not finite, the first,"
                f" {column[bad[0]]}, in {found.unit} {place}.",
                "Fill or drop those rows, or drop the column.",
            )
        large = np.flatnonzero(np.abs(column) > MAX_VALUE)
        if large.size:
            place = int(large[0]) + 1 if found.lines is None else found.lines[int(large[0])]
            raise DataError(
                f"{where}: column {name!r} holds {column[large[0]]:g} in {found.unit} {place}, beyond {MAX_VALUE:g}.",
                "Rescale or drop the column.",
            )
        varies = varies or bool(np.any(column != column[0]))
    if not varies:
        raise DataError(f"{where}: every column is constant.", "Give a table in which some column varies.")


def make_table(
    X: Matrix, y: Labels | None, columns: Sequence[str], name: str, *, where: str, notes: tuple[str, ...] = ()
) -> Table:
    """Freeze a table once its classes are checked; X and y become read-only.

    Args:
        where: what an error calls the table, such as the file's path.

    Raises:
        DataError: fewer than 8 normal rows, or labels of one class only.
    """
    normals = len(X) if y is None else int(np.count_nonzero(y == 0))
    if y is not None and normals in (0, len(y)):
        only = "anomalies" if normals == 0 else "normal"
        raise DataError(
            f"{where}: all {len(y)} rows are labelled {only}.", "Labels need both classes; without LABEL none are read."
        )
    if normals < MIN_NORMALS:
        raise DataError(
            f"{where} has {normals} normal row(s), and at least {MIN_NORMALS} are needed.", "Give more normal rows."
        )
    X = np.ascontiguousarray(X, dtype=np.float64)
    X.flags.writeable = False
    if y is not None:
        y = np.ascontiguousarray(y, dtype=np.int64)
        y.flags.writeable = False
    return Table(X, y, tuple(columns), name, table_digest(X, y, columns), notes)


def table_digest(X: Matrix, y: Labels | None, columns: Sequence[str]) -> str:
    """Return the hex SHA-256 over a JSON head (columns, shape, labelled) and the little-endian bytes of X and y."""
    head = canonical_json({"columns": list(columns), "shape": list(X.shape), "labelled": y is not None})
    digest = hashlib.sha256(len(head).to_bytes(8, "little") + head)
    digest.update(np.ascontiguousarray(X, dtype="<f8").data.cast("B"))
    if y is not None:
        digest.update(np.ascontiguousarray(y, dtype="<i8").data.cast("B"))
    return digest.hexdigest()
