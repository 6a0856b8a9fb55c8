"""Answers from recordings: one JSON file per exact request, named by the request's digest.

Recordings are read whole and checked when a folder is opened, so a changed or broken one never answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from llmdas.digest import digest_of, sha256
from llmdas.errors import LLMError, RecordingMissing
from llmdas.files import write_atomically
from llmdas.llm.interface import LLM, ChatAnswer, ChatRequest

_MAX_BYTES = 16 << 20


class Recording(BaseModel):
    """One request and the answer that a model really gave to it.

    Attributes:
        request: exact body of ``POST /chat/completions``; its digest is the file's name.
        answer: the assistant's message, byte for byte.
        answer_sha256: digest of its UTF-8 bytes, so that a change of the file is noticed.
        finish_reason: as the endpoint gave it.
        model: as the endpoint named it.
        usage: counts as reported.
        recorded: ISO date.
        source: where the answer came from, in a few words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    request: dict[str, Any]
    answer: str = Field(min_length=1)
    answer_sha256: str
    finish_reason: str
    model: str
    usage: dict[str, int]
    recorded: str
    source: str

    @field_validator("recorded")
    @classmethod
    def _is_date(cls, value: str) -> str:
        return date.fromisoformat(value).isoformat()

    @model_validator(mode="after")
    def _is_unchanged(self) -> Recording:
        if sha256(self.answer.encode(errors="surrogatepass")) != self.answer_sha256:
            raise ValueError("the answer was changed after it was recorded")
        return self

    def as_answer(self) -> ChatAnswer:
        """Return the answer, marked with its date."""
        return ChatAnswer(self.answer, self.finish_reason, self.model, dict(self.usage), self.recorded)


class Replay(LLM):
    """Answers exact requests from recordings and asks nobody; made by `Replay.open`."""

    name = "replay"

    def __init__(self, recordings: Mapping[str, Recording], place: str) -> None:
        self._recordings = dict(recordings)
        self._place = place

    @classmethod
    def open(cls, folder: Path) -> Replay:
        """Read every ``*.json`` of a folder.

        Raises:
            LLMError: there is no such folder, or a recording is malformed or not named by its request's digest.
        """
        if not folder.is_dir():
            raise LLMError(
                f"There is no folder of recordings at {folder}.", "Name an existing folder, or record first."
            )
        return cls({path.stem: _read(path) for path in sorted(folder.glob("*.json"))}, str(folder))

    def complete(self, request: ChatRequest) -> ChatAnswer:
        """Return the recorded answer.

        Raises:
            RecordingMissing: there is none for this exact request; says which request, and what to do.
        """
        found = self._recordings.get(request.digest)
        if found is None:
            raise RecordingMissing(
                f"No recording in {self._place} answers request {request.digest[:12]} to model"
                f" {request.sampling.model!r}, whose last user message begins {_first_line(request)!r}.",
                "Ask a live model (LLM=openai and a key), or record an answer to exactly this request.",
            )
        return found.as_answer()


class Recorder(LLM):
    """Asks another LLM and records each answer.

    A request that is already recorded is answered from its recording: an interrupted session goes on without
    asking, and paying, twice.
    """

    def __init__(
        self, inner: LLM, folder: Path, source: str = "", today: Callable[[], date] = lambda: datetime.now(UTC).date()
    ) -> None:
        self.name = inner.name
        self._inner = inner
        self._folder = folder
        self._source = source
        self._today = today

    def complete(self, request: ChatRequest) -> ChatAnswer:
        """Return the answer, recorded before it is returned.

        Raises:
            LLMError: the inner LLM failed, or the recording cannot be written or does not load.
        """
        path = self._folder / f"{request.digest}.json"
        if path.exists():
            return _read(path).as_answer()
        answer = self._inner.complete(request)
        record(self._folder, request, answer, self._today(), self._source)
        return answer


def record(folder: Path, request: ChatRequest, answer: ChatAnswer, day: date, source: str = "") -> Path:
    """Write one recording so that it is whole or absent, even after a crash, and return its path.

    The same answer once more keeps the first file and its date.

    Raises:
        LLMError: another answer to this request is recorded already, or the file cannot be written.
    """
    path = folder / f"{request.digest}.json"
    try:
        recording = Recording(
            request=request.body(),
            answer=answer.text,
            answer_sha256=sha256(answer.text.encode(errors="surrogatepass")),
            finish_reason=answer.finish_reason,
            model=answer.model,
            usage=answer.usage,
            recorded=day.isoformat(),
            source=source,
        )
    except ValidationError as error:
        raise LLMError(
            f"The answer cannot be recorded: {_first_problem(error)}.", "Record whole answers only."
        ) from None
    if path.exists():
        if _read(path).model_copy(update={"recorded": recording.recorded}) != recording:
            raise LLMError(
                f"{path.name} already holds a different answer to this request.", "Remove it first if it shall go."
            )
        return path
    try:
        text = json.dumps(recording.model_dump(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(path, text.encode())
    except (OSError, ValueError) as error:
        raise LLMError(
            f"The recording {path.name} cannot be written: {error}.", "Make room or choose another folder."
        ) from error
    return path


def _read(path: Path) -> Recording:
    problem = ""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"it is longer than {_MAX_BYTES} bytes")
        fields = json.loads(path.read_bytes().decode(), object_pairs_hook=_once, parse_constant=_no_constant)
        recording = Recording.model_validate(fields)
        if digest_of(recording.request) == path.stem:
            return recording
        problem = "its request's digest is not its file name"
    except ValidationError as error:
        problem = _first_problem(error)
    except (OSError, ValueError, RecursionError) as error:
        problem = str(error)[:200]
    raise LLMError(f"The recording {path.name} is refused: {problem}.", "Restore the file or record again.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object whose names are unique: what a reader sees is what is used."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the file'}: {first['msg']}"


def _first_line(request: ChatRequest) -> str:
    users = [message.content for message in request.messages if message.role == "user"]
    lines = users[-1].strip().split("\n") if users else [""]
    return lines[0][:80]
