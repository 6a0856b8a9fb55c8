"""The boundary to a language model: a chat request with an exact digest, an answer, and one method.

Backends are siblings: `openai` asks an endpoint, `replay` answers from recordings.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

from llmdas.digest import digest_of

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model is asked to sample; every value is sent and recorded.

    `seed` is a hint to the endpoint: what makes a run repeatable is the stored answer.
    """

    model: str
    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 4096
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Exactly what is sent: the conversation so far and the sampling."""

    messages: tuple[Message, ...]
    sampling: Sampling

    def body(self) -> dict[str, Any]:
        """Return the JSON body of ``POST /chat/completions`` (OpenAI chat completions)."""
        return {
            "model": self.sampling.model,
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_tokens": self.sampling.max_tokens,
            "seed": self.sampling.seed,
        }

    @property
    def digest(self) -> str:
        """Digest of the canonical body; the key of a recording."""
        return digest_of(self.body())


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What came back.

    Attributes:
        text: the assistant's message, byte for byte.
        finish_reason: ``stop``, or ``length`` when the answer was cut off, or what the endpoint says.
        model: the model as the endpoint names it.
        usage: token counts as reported; empty when the endpoint reports none.
        recorded: ISO date of the recording, or None for a live answer.
    """

    text: str
    finish_reason: str
    model: str
    usage: dict[str, int]
    recorded: str | None = None


class LLM(ABC):
    """A language model. `name` is ``openai`` or ``replay``."""

    name: str

    @abstractmethod
    def complete(self, request: ChatRequest) -> ChatAnswer:
        """Answer one request.

        Raises:
            RecordingMissing: replay has no recording for this exact request.
            LLMError: the endpoint is down, refuses, is too slow, or answers garbage.
        """
