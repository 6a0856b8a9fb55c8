"""What several test folders share: a real sandbox, and what programs are judged by and run with."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from llmdas.contract import load_contract
from llmdas.detectors.catalogue import lookup
from llmdas.execution import Accepted, Rig
from llmdas.gate import bundle_digest, judge
from llmdas.policy import load_policy
from llmdas.program import Program
from llmdas_sandbox import Sandbox, SandboxUnavailable, open_sandbox
from tests.sandbox.backends import unusable


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tested: one loud line for each reason, with the number of tests."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"!!! {count} SKIPPED: {reason.removeprefix('Skipped: ')}", yellow=True, bold=True)


@pytest.fixture(autouse=True)
def _callers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the caller's settings, keys and proxies away: a test must not reach what its user configured."""
    for name in list(os.environ):
        ours = name.startswith("LLMDAS_") and name not in ("LLMDAS_CACHE", "LLMDAS_REQUIRE_BACKENDS")
        if ours or name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """The bubblewrap sandbox of this machine."""
    try:
        sandbox = open_sandbox("bubblewrap")
    except SandboxUnavailable as error:
        unusable("bubblewrap", str(error))
    with sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def rig(box: Sandbox) -> Rig:
    """Isolation Forest, the contract and policy that ship, and the sandbox."""
    policy = load_policy()
    return Rig(lookup("iforest"), load_contract(), policy, bundle_digest(policy), box)


@pytest.fixture(scope="session")
def accept(rig: Rig):
    """Judge a source text and return it with its verdict; fails when the gate refuses it."""

    def accepted(source: str) -> Accepted:
        program = Program(source.encode())
        return Accepted(program, judge(program, rig.policy, rig.contract))

    return accepted


@pytest.fixture
def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
