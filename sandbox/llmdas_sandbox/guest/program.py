"""One job inside the guest: arguments, the call, and what became of it, as records that go into frames."""

from __future__ import annotations

import builtins
import random
from collections.abc import Callable, Mapping
from types import CodeType, TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from llmdas_sandbox.frames import Caps, Channel, Kind, due
from llmdas_sandbox.guest.guards import build_globals
from llmdas_sandbox.guest.restricted import compile_program

FILENAME = "program.py"
MAX_MESSAGE = 2000
_MAX_NAME = 100
_ANSWER_META = 1 << 15


class Refused(Exception):
    """The guest does not run this source: other bytes than were judged, or its own compile refuses them."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


class LimitReached(BaseException):
    """A limit that the guest itself counts; not an Exception, so that a program's handler does not take it."""

    def __init__(self, limit: str, message: str, actual: float) -> None:
        self.limit, self.actual = limit, actual
        super().__init__(message)


class Language(Protocol):
    """How source becomes code and what names it sees."""

    def namespace(self, policy: Any, on_print: Callable[[int], None]) -> dict[str, Any]:
        """Return the globals to run in; called before the second filter, so it may import."""

    def compile(self, source: bytes) -> CodeType:
        """Return the code of exactly these bytes; raises Refused."""


class Restricted:
    """The language of the product: RestrictedPython under the policy."""

    def namespace(self, policy: Mapping[str, Any], on_print: Callable[[int], None]) -> dict[str, Any]:
        """Return the guarded globals."""
        return build_globals(policy["builtins"], policy["modules"], policy["attributes"], on_print)

    def compile(self, source: bytes) -> CodeType:
        """Compile under the restricted policy; all errors go into one message."""
        compiled = compile_program(source, FILENAME)
        if compiled.code is None:
            errors = "; ".join(f"line {error.line}: {error.message}" for error in compiled.errors)
            raise Refused(errors or "the source does not compile", compiled.errors[0].line if compiled.errors else 0)
        return compiled.code


class Plain:
    """Python as it is: no guards, for requests without a policy; see `warm.load_mentioned` for what it can import."""

    def namespace(self, policy: None, on_print: Callable[[int], None]) -> dict[str, Any]:
        """Return globals with all builtins; `print` counts and throws away."""

        def counting_print(*values: object, sep: str | None = None, end: str | None = None, **_: object) -> None:
            on_print(len((" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)))

        return {"__name__": "program", "__builtins__": vars(builtins) | {"print": counting_print}}

    def compile(self, source: bytes) -> CodeType:
        """Compile as plain Python."""
        try:
            return compile(source, FILENAME, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            raise Refused(f"the source does not compile: {error}", getattr(error, "lineno", 0) or 0) from None


class Printed:
    """Counts what a program prints; above the limit it ends the program, now and at every later print."""

    def __init__(self, limit: int) -> None:
        self.limit, self.count = limit, 0

    def __call__(self, characters: int) -> None:
        """Count one print."""
        self.count += characters
        self.check()

    def check(self) -> None:
        """Raise LimitReached when too much was printed, even if the program swallowed it before."""
        if self.count > self.limit:
            said = f"the program printed {self.count} characters, at most {self.limit} are allowed"
            raise LimitReached("printed_bytes", said, self.count)


def make_arguments(
    channel: Channel, described: list[dict[str, Any]], arrays: list[NDArray[np.float64]], frame: int
) -> list[Any]:
    """Return the arguments in call order; `arrays` holds the row arguments in the same order."""
    remaining = iter(arrays)
    width = next((array.shape[1] for array in arrays if array.ndim == 2), None)
    made: list[Any] = []
    for argument in described:
        kind = argument["kind"]
        if kind == "scalar":
            made.append(int(argument["value"]))
        elif kind == "rows":
            array = next(remaining)
            array.setflags(write=False)
            made.append(array)
        elif kind == "generator":
            made.append(np.random.default_rng(int(argument["seed"])))
        elif kind == "function":
            made.append(make_call(channel, argument["name"], argument["first"], None, frame))
        else:
            made.append(make_proxy(channel, argument, width, frame))
    return made


def seed_globals(seed: int) -> None:
    """Seed the generators that old code uses without being handed one."""
    np.random.seed(seed & 0xFFFFFFFF)
    random.seed(seed)


def make_proxy(channel: Channel, described: dict[str, Any], width: int | None, frame: int) -> object:
    """Return an object with just the described methods; each asks the host and checks the answer."""
    name, first = described["name"], described["first"]
    made = {
        method: staticmethod(make_call(channel, f"{name}.{method}", first + place, width, frame))
        for place, method in enumerate(described["methods"])
    }
    return type("Proxy", (), {"__slots__": (), **made})()


def make_call(
    channel: Channel, what: str, number: int, width: int | None, frame: int
) -> Callable[[Any], NDArray[np.float64]]:
    """Return the function that asks the host for its callback of that number; `what` names it in messages."""
    caps, answers = Caps(_ANSWER_META, frame), due(Kind.SCORE, "host")

    def call(X: Any) -> NDArray[np.float64]:
        rows = _rows(what, X, width)
        channel.send(Kind.SCORE, None, rows, b"", number)
        answer = channel.receive(answers, caps)
        if answer.kind is Kind.REFUSED:
            raise ValueError(f"{what}: {answer.meta.get('message', '')}")
        if answer.array.shape != (len(rows),):
            raise RuntimeError(f"{what} was answered with shape {answer.array.shape}")
        return answer.array

    return call


def _rows(what: str, value: Any, width: int | None) -> NDArray[np.float64]:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{what} takes numbers, not an array of dtype {array.dtype}")
    if array.ndim != 2 or (width is not None and array.shape[1] != width):
        raise ValueError(f"{what} takes an array of shape (m, {width or 'd'}), not {array.shape}")
    rows = np.ascontiguousarray(array, dtype=np.float64)
    finite = np.isfinite(rows)
    if not finite.all():
        bad = rows.size - int(np.count_nonzero(finite))
        raise ValueError(f"{what} takes finite values; {bad} of {rows.size} are not")
    return rows


class NotAnArray(Exception):
    """What the program returned is not one float64 array."""


def as_result(value: Any, limit: int) -> NDArray[np.float64]:
    """Return what the program returned as float64 in C order.

    Raises:
        NotAnArray: it cannot be one; says what came instead.
        LimitReached: it is too large.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise NotAnArray("the program returned a masked array; a plain array of numbers is due")
    try:
        array = np.asarray(value)
    except MemoryError:
        raise
    except Exception as error:
        raise NotAnArray(f"the program returned a {type(value).__name__} that is no array: {error}") from None
    if array.dtype.kind not in "fiub" or array.ndim > 4:
        raise NotAnArray(
            f"the program returned a {type(value).__name__} with dtype {array.dtype} and shape {array.shape};"
            " an array of numbers is due"
        )
    if 8 * array.size > limit:
        said = f"the program returned {8 * array.size} bytes, at most {limit} are allowed"
        raise LimitReached("output_bytes", said, 8 * array.size)
    return np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)


def describe(error: BaseException, memory: int) -> dict[str, Any]:
    """Return the fields of a `Fault` for whatever ended the program."""
    name, line = type(error).__name__[:_MAX_NAME], _line(error.__traceback__)
    text = _text(error)
    fault: dict[str, Any] = {"kind": "exception", "exception": name, "line": line, "message": text, "limit": ""}
    if isinstance(error, Refused):
        fault |= {"kind": "refused", "exception": "", "line": error.line}
    elif isinstance(error, LimitReached):
        fault |= {"kind": "limit", "exception": "", "limit": error.limit, "actual": error.actual}
    elif isinstance(error, NotAnArray):
        fault |= {"kind": "result", "exception": "", "line": 0}
    elif isinstance(error, MemoryError):
        message = f"more than the {memory} bytes of address space that are allowed" + (f": {text}" if text else "")
        asked = getattr(error, "_total_size", None)  # numpy says for which size there was no room
        fault |= {"kind": "limit", "limit": "memory_bytes", "message": message[:MAX_MESSAGE], "actual": asked}
    return fault


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE]
    except BaseException as second:  # the text is made by the program's own objects
        return f"(its text cannot be made: {type(second).__name__})"


def _line(traceback: TracebackType | None) -> int:
    """Return the line of the innermost frame that belongs to the program, 0 when there is none."""
    line = 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == FILENAME:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
