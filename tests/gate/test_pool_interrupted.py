"""An interrupt that comes while many programs are judged ends every process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path


def test_ctrl_c_ends_every_process(tmp_path: Path) -> None:
    script = """
        import itertools, os, signal
        from pathlib import Path
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
        from llmdas.contract import load_contract
        from llmdas.gate.pool import judge_all
        from llmdas.policy import load_policy
        from llmdas.program import Program

        programs = (Program(f"x = {number}".encode()) for number in itertools.count())
        for verdict in judge_all(programs, load_policy(), load_contract(), workers=2):
            print(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
    """
    group = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert group.stdout is not None
    checkers: list[str] = []
    while len(checkers) < 2:
        checkers = group.stdout.readline().split()
    os.killpg(group.pid, signal.SIGINT)  # as a terminal does
    _, errors = group.communicate(timeout=60)
    assert group.returncode == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert not any(Path(f"/proc/{pid}").exists() for pid in checkers)
