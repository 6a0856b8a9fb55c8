"""Arrays X and y out of .npz and .mat files: sizes are checked before memory is taken, nothing is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from llmdas.data.choose import label_position, listed
from llmdas.data.table import Columns, check_size
from llmdas.errors import DataError

_MAT5 = b"MATLAB 5.0 MAT-file"
_MAT73 = b"MATLAB 7.3 MAT-file"
_HDF5 = b"\x89HDF"
_MAT_NUMBERS = frozenset(
    {"double", "single", "logical"} | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)
_ROWS = "X"
_LABELS = "y"


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a file says about one array before it is read."""

    shape: tuple[int, ...]
    kind: str
    numeric: bool
    text: bool


def read_npz(path: Path, label: str | None) -> Columns:
    """Read X (or the only 2-D array) and the labels named by `label` out of a .npz file.

    Raises:
        DataError: it is no npz file, is damaged, holds object arrays (they are pickles), or declares more than fits.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            declared = {
                name.removesuffix(".npy"): _declared(archive, name, where)
                for name in archive.namelist()
                if name.endswith(".npy")
            }

            def load(name: str) -> NDArray[Any]:
                with archive.open(f"{name}.npy") as stream:
                    return np.asarray(npy.read_array(stream, allow_pickle=False))

            return _columns(declared, load, label, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{where} cannot be read as npz: {error}.", "Check that the file is whole.") from error


def read_mat(path: Path, label: str | None) -> Columns:
    """Read X (or the only 2-D array) and the labels named by `label` out of a MATLAB 5 file.

    Raises:
        DataError: it is MATLAB 7.3 (HDF5), no MATLAB 5 file, damaged, or holds no numeric table.
    """
    from scipy.io import loadmat, whosmat

    where = str(path)
    with path.open("rb") as stream:
        head = stream.read(128)
    if head.startswith((_MAT73, _HDF5)):
        raise DataError(f"{where} is a MATLAB 7.3 file (HDF5), which is not read.", "Save it with -v7 or as .npz.")
    if not head.startswith(_MAT5):
        raise DataError(f"{where} is no MATLAB 5 file.", "Save it with -v7 or as .npz.")
    try:
        declared = {
            name: _Declared(tuple(shape), kind, kind in _MAT_NUMBERS, kind == "char")
            for name, shape, kind in whosmat(str(path))
        }
        return _columns(declared, lambda name: loadmat(str(path), variable_names=[name])[name], label, where)
    except DataError:
        raise
    except Exception as error:  # a damaged file makes scipy raise almost anything; all of it means "not read"
        raise DataError(f"{where} cannot be read as MATLAB 5: {error}.", "Check that the file is whole.") from error


def _columns(
    declared: Mapping[str, _Declared], load: Callable[[str], NDArray[Any]], label: str | None, where: str
) -> Columns:
    label_position(tuple(declared), label, where, kind="array")
    rows = _rows_name(declared, label, where)
    shape = declared[rows].shape
    if len(shape) != 2:
        raise DataError(f"{where}: the array {rows!r} has shape {shape}, and a table has two axes.", "Reshape it.")
    for name in (rows, *([label] if label else [])):
        if not (declared[name].numeric or (name == label and declared[name].text)):
            raise DataError(
                f"{where}: the array {name!r} is {declared[name].kind}, not numeric.", "Save it as numbers."
            )
        check_size(int(np.prod(declared[name].shape, dtype=object)), 1, f"{where}: the array {name!r}")
    labels = None if label is None else _labels(load(label), label, shape[0], where)
    unread = (_LABELS,) if label is None and _LABELS in declared else ()
    names = tuple(f"c{i}" for i in range(shape[1]))
    return Columns(np.asarray(load(rows), dtype=np.float64), names, labels, unread=unread)


def _rows_name(declared: Mapping[str, _Declared], label: str | None, where: str) -> str:
    if _ROWS in declared and label != _ROWS:
        return _ROWS
    tables = [
        name
        for name, array in declared.items()
        if len(array.shape) == 2 and array.numeric and name not in (label, _LABELS)
    ]
    if len(tables) == 1:
        return tables[0]
    raise DataError(
        f"{where} has no array 'X' and {len(tables)} numeric arrays of two axes; it has {listed(tuple(declared))}.",
        "Save the rows as X and the labels as y.",
    )


def _labels(array: NDArray[Any], name: str, rows: int, where: str) -> list[object]:
    if array.size != rows or array.ndim == 0 or max(array.shape) != array.size:
        raise DataError(
            f"{where}: the labels {name!r} have shape {array.shape} for {rows} rows.", "Give one label per row."
        )
    return list(array.ravel().tolist())


def _declared(archive: zipfile.ZipFile, member: str, where: str) -> _Declared:
    """Read one member's npy header.

    Raises:
        DataError: it is a pickle or no array, or its header promises other bytes than the archive holds.
    """
    with archive.open(member) as stream:
        shape, dtype = _header(stream, member, where)
        start = stream.tell()
    array = f"{where}: the array {member.removesuffix('.npy')!r}"
    if dtype.hasobject:
        raise DataError(
            f"{array} holds Python objects, which are pickles and never loaded.",
            "Save it as float64.",
        )
    promised = int(np.prod(shape, dtype=object)) * dtype.itemsize
    check_size(promised // 8, 1, array)
    held = archive.getinfo(member).file_size - start
    if promised != held:
        raise DataError(
            f"{array} promises {promised:,} bytes and holds {held:,}.",
            "Check that the file is whole.",
        )
    return _Declared(shape, str(dtype), dtype.kind in "buif", dtype.kind in "SU")


def _header(stream: IO[bytes], member: str, where: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        version = npy.read_magic(stream)
        shape, _, dtype = readers[version](stream)
    except (ValueError, KeyError) as error:
        raise DataError(f"{where}: {member!r} is not a plain array.", "Save it with numpy.savez.") from error
    return tuple(shape), dtype
