"""The errors of llmdas: one class per stage, each says what is wrong and what to do about it.

Library code raises; only the command line prints them, one sentence each, and exits with `exit_code`.
A *program's* own failure is not an error but data (`llmdas_sandbox.interface.Fault`), because it can be repaired.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_NOTHING_ACCEPTED = 1
EXIT_BAD_INPUT = 2
EXIT_COULD_NOT_COMPLETE = 3


class LLMDASError(Exception):
    """Base of every error of llmdas.

    `problem` says what, where and which value; `remedy` says what to do. Both are single sentences without a newline.
    """

    exit_code = EXIT_BAD_INPUT

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = " ".join(problem.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(f"{self.problem} {self.remedy}".strip())


class ConfigError(LLMDASError):
    """A setting is unknown, malformed or contradicts another."""


class ResourceError(LLMDASError):
    """A file that llmdas ships (policy, contract, rule, prompt) is missing or does not load."""


class DetectorError(LLMDASError):
    """A detector's name is unknown, or it cannot be fitted on, or score, the given rows."""


class DataError(LLMDASError):
    """A table cannot be read or cannot be used as it is."""


class LLMError(LLMDASError):
    """The endpoint could not be reached, refused, or answered with something that is not an answer."""


class RecordingMissing(LLMError):
    """Replay has no recording for this exact request."""


class GateError(LLMDASError):
    """The gate cannot judge anything on this machine; says nothing about a program."""

    exit_code = EXIT_COULD_NOT_COMPLETE


class NotJudged(LLMDASError):
    """Somebody tried to run a program without an accepting verdict on exactly its bytes."""


class NothingAccepted(LLMDASError):
    """Every attempt of every program was refused or failed; the attempts are kept."""

    exit_code = EXIT_NOTHING_ACCEPTED


class RecordError(LLMDASError):
    """A run's folder cannot be written, or an existing one is incomplete or was changed."""
