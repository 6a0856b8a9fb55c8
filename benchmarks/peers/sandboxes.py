"""Runs one program in another tool's sandbox, once for each line of standard input; see `benchmarks/sandbox.py`.

    python3 -m venv .venv-peers
    .venv-peers/bin/pip install numpy sandlock smolagents inspect-ai 'llm-sandbox[docker]'
    .venv-peers/bin/python benchmarks/peers/sandboxes.py list|NAME

``list`` names the peers that are installed. Each gets what it needs to do the same work: none lets the host answer
score calls, so they score inside; rows come back as text or as an object. ``llm-sandbox`` needs an image with a shell,
python and numpy, named by PEER_IMAGE.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PROGRAM = """
import numpy as np
X = np.random.default_rng(0).normal(size=(10000, 20))
rng = np.random.default_rng(1)
out = np.empty((1000, 20))
sd = X.std(axis=0)
for k in range(20):
    chosen = X[rng.integers(0, 10000, size=50)]
    out[k * 50 : (k + 1) * 50] = chosen + rng.normal(size=(50, 20)) * sd
    X[k * 50 : k * 50 + 1000][:, 0]
"""
PRINTED = PROGRAM + "import base64\nprint(base64.b64encode(out.tobytes()).decode())\n"


def decoded(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text.strip().splitlines()[-1])).reshape(1000, 20)


def sandlock() -> Callable[[], np.ndarray]:
    from sandlock import Sandbox

    folders = sorted({"/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/dev", sys.prefix, sys.base_prefix})
    box = Sandbox(fs_readable=[folder for folder in folders if Path(folder).exists()])

    def run() -> np.ndarray:
        done = box.run([sys.executable, "-c", PRINTED])
        return decoded(done.stdout.decode() if isinstance(done.stdout, bytes) else done.stdout)

    return run


def smolagents() -> Callable[[], np.ndarray]:
    from smolagents.local_python_executor import LocalPythonExecutor

    def run() -> np.ndarray:
        executor = LocalPythonExecutor(additional_authorized_imports=["numpy", "numpy.random"])
        executor.send_tools({})
        return executor(PROGRAM + "out\n").output

    return run


def inspect_local() -> Callable[[], np.ndarray]:
    from inspect_ai.util._sandbox.local import LocalSandboxEnvironment

    async def once() -> str:
        box = LocalSandboxEnvironment()
        try:
            return (await box.exec([sys.executable, "-c", PRINTED])).stdout
        finally:
            box.directory.cleanup()

    return lambda: decoded(asyncio.run(once()))


def llm_sandbox() -> Callable[[], np.ndarray]:
    from llm_sandbox import SandboxSession

    def run() -> np.ndarray:
        with SandboxSession(lang="python", image=os.environ["PEER_IMAGE"], skip_environment_setup=True) as session:
            return decoded(session.run(PRINTED).stdout)

    return run


PEERS = {"sandlock": sandlock, "smolagents": smolagents, "inspect_ai": inspect_local, "llm_sandbox": llm_sandbox}


def main() -> int:
    if sys.argv[1] == "list":
        for name in PEERS:
            if importlib.util.find_spec(name) and (name != "llm_sandbox" or os.environ.get("PEER_IMAGE")):
                print(name)
        return 0
    run = PEERS[sys.argv[1]]()
    for _ in sys.stdin:
        started = time.perf_counter()
        rows = run()
        assert rows.shape == (1000, 20)
        print(time.perf_counter() - started, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
