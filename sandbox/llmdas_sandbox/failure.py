"""Failures: ours or the engine's, never the program's. They are exceptions and are never shown to an LLM."""

from __future__ import annotations


class SandboxFailure(Exception):
    """The sandbox itself failed (engine, kernel, set-up); the program has not been judged by it.

    `problem` says what happened, `remedy` what to do; one sentence each.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = " ".join(problem.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.problem} {self.remedy}".strip())


class GuestLost(SandboxFailure):
    """The guest itself went, whatever the program did; the same request may succeed in another."""


class SandboxUnavailable(SandboxFailure):
    """No usable backend on this machine, or one that did not pass its self-check."""
