"""A language model that says what a test tells it to; for the loop's logic, where no wire is needed."""

from __future__ import annotations

from llmdas.llm.interface import LLM, ChatAnswer, ChatRequest


class ScriptedLLM(LLM):
    name = "scripted"

    def __init__(self, *answers: str | ChatAnswer) -> None:
        self.answers = list(answers)
        self.requests: list[ChatRequest] = []

    def complete(self, request: ChatRequest) -> ChatAnswer:
        self.requests.append(request)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, ChatAnswer) else ChatAnswer(answer, "stop", "scripted", {})
