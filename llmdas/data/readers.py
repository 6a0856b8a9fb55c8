"""From a file to a table: which reader reads what, and what is never read (pickles, whatever their ending)."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from llmdas.data.arrays import read_mat, read_npz
from llmdas.data.labels import as_labels
from llmdas.data.parquet import read_parquet
from llmdas.data.table import Columns, Table, check_names, check_values, make_table
from llmdas.data.text import read_csv
from llmdas.errors import DataError

Reader = Callable[[Path, str | None], Columns]

READERS: dict[str, Reader] = {".csv": read_csv, ".parquet": read_parquet, ".npz": read_npz, ".mat": read_mat}
PICKLE_ENDINGS = frozenset({".pkl", ".pickle", ".joblib", ".p"})
LABEL_LIKE = frozenset({"label", "labels", "y", "target", "class", "outlier", "anomaly", "is_anomaly"})
_NPY_MAGIC = b"\x93NUMPY"
_PICKLE_PROTOCOLS = range(2, 6)


def read_table(path: Path, label: str | None) -> Table:
    """Read a .csv, .parquet, .npz or .mat file.

    Args:
        path: the file.
        label: name of the label column (csv, parquet) or of the label array (npz, mat). None: no labels are read, every
            row counts as normal, and what looks like labels is named in the table's notes.

    Raises:
        DataError: the file is no such table; one sentence with file, place and value.
    """
    path = Path(path)
    where = str(path)
    reader = _reader(path)
    try:
        found = reader(path, label)
    except OSError as error:
        raise DataError(
            f"{where} cannot be read: {error.strerror or error}.", "Check the file and its rights."
        ) from error
    check_names(found.columns, where)
    check_values(found, where)
    y, note = (None, "") if found.labels is None else as_labels(found.labels, f"{where}: the label {label!r}")
    notes: tuple[str, ...] = (note,) if note else ()
    if y is None:
        notes += tuple(_suspicions(found, where))
    return make_table(found.X, y, found.columns, path.stem, where=where, notes=notes)


def default_table() -> Table:
    """Return scikit-learn's breast cancer table (569 x 30): benign = normal 0, malignant = anomaly 1."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    columns = tuple(str(name) for name in bunch.feature_names)
    y = (bunch.target == 0).astype(np.int64)  # scikit-learn codes malignant as 0
    return make_table(bunch.data, y, columns, "breast_cancer", where="scikit-learn's breast cancer table")


def _reader(path: Path) -> Reader:
    """Return the reader for this file after looking at its first bytes.

    Raises:
        DataError: no such file, not a file, empty, a pickle, or an ending that is not read.
    """
    if not path.exists():
        if path.is_symlink():
            raise DataError(f"{path} is a link to {path.readlink()}, which does not exist.", "Mend the link.")
        near = difflib.get_close_matches(path.name, _siblings(path), n=1, cutoff=0.6)
        raise DataError(
            f"There is no file {path}.", f"Did you mean {path.parent / near[0]}?" if near else "Check the path."
        )
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a regular file"
        raise DataError(f"{path} is {kind}.", "Name one .csv, .parquet, .npz or .mat file.")
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.", "Check the file's rights.") from error
    ending = path.suffix.lower()
    if ending in PICKLE_ENDINGS or _is_pickle(head):
        raise DataError(
            f"{path} is a pickle, which can run code when it is loaded, so it is never loaded.",
            "Save the table as .csv, .parquet or .npz.",
        )
    if not head:
        raise DataError(f"{path} is empty.", "Give a table with a header and rows.")
    if ending not in READERS:
        hint = (
            "Save both arrays with numpy.savez(path, X=X, y=y)." if head.startswith(_NPY_MAGIC) else "Convert it first."
        )
        raise DataError(f"{path} has the ending {ending!r}, and {', '.join(READERS)} are read.", hint)
    return READERS[ending]


def _is_pickle(head: bytes) -> bool:
    """Tell a pickle of protocol 2 to 5 by its first two bytes; older ones are plain text and fail as a table."""
    return len(head) > 1 and head[0] == 0x80 and head[1] in _PICKLE_PROTOCOLS


def _siblings(path: Path) -> list[str]:
    return [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []


def _suspicions(found: Columns, where: str) -> list[str]:
    """Say so when a column that looks like the label was read as a feature."""
    unread = [f"{where}: the array {name!r} was not read, because LABEL does not name it." for name in found.unread]
    return unread + [
        f"{where}: the column {name!r} holds only 0 and 1 and was read as a feature, because LABEL does not name it."
        for position, name in enumerate(found.columns)
        if name.strip().lower() in LABEL_LIKE and np.isin(found.X[:, position], (0.0, 1.0)).all()
    ]
