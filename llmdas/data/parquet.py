"""Parquet and Arrow columns as float64, with the first value that is none named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from llmdas.data.choose import label_position
from llmdas.data.table import Columns, Matrix, check_names, check_size
from llmdas.errors import DataError


def read_parquet(path: Path, label: str | None) -> Columns:
    """Read a Parquet file whose columns, but for the label, are numbers or booleans.

    Raises:
        DataError: it is no Parquet file, too large, or a column is not numeric or has missing values.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = str(path)
    try:
        with pq.ParquetFile(path) as file:
            names = tuple(file.schema_arrow.names)
            check_size(file.metadata.num_rows, max(1, len(names)), where)
            if not names:
                raise DataError(f"{where} has no columns.", "Give a table with columns.")
            check_names(names, where)
            labelled = label_position(names, label, where)
            features = [name for position, name in enumerate(names) if position != labelled]
            for name in features:
                _check_type(file, name, where)
            table = file.read()
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise DataError(f"{where} cannot be read as Parquet: {first}.", "Check that the file is whole.") from error
    X = np.empty((table.num_rows, len(features)), dtype=np.float64)
    for position, name in enumerate(features):
        _fill(X, position, table.column(name), name, where)
    labels = None if labelled is None else table.column(names[labelled]).to_pylist()
    return Columns(X, tuple(features), labels)


def _check_type(file: Any, name: str, where: str) -> None:
    from pyarrow import types

    kind = file.schema_arrow.field(name).type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind):
        return
    first = file.read(columns=[name]).column(0).slice(0, 1).to_pylist()
    shown = f", the first value being {str(first[0])[:40]!r}" if first else ""
    raise DataError(
        f"{where}: the column {name!r} is not numeric but {kind}{shown}.",
        "Drop or encode it, or name it with LABEL if it holds the labels.",
    )


def _fill(X: Matrix, position: int, column: Any, name: str, where: str) -> None:
    import pyarrow as pa

    if column.null_count:
        first = np.flatnonzero(column.is_null().to_numpy())[0]
        raise DataError(
            f"{where}: column {name!r} holds {column.null_count} missing value(s), the first in row {first + 1}.",
            "Fill or drop those rows, or drop the column.",
        )
    start = 0
    for chunk in column.chunks:
        numbers = chunk.cast(pa.uint8()) if pa.types.is_boolean(chunk.type) else chunk
        X[start : start + len(chunk), position] = numbers.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        start += len(chunk)
