"""Run by `judges.llm_sandbox` in the peers' environment: ``llm_sandbox_strict.py PRESETS FOLDER``; prints JSON.

PRESETS is ``examples/security_policy_presets.py`` of llm-sandbox's repository: the package ships the check, its
examples ship the policies. Only `is_safe` is called, which searches text; no session is opened and nothing is run.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
from pathlib import Path
from types import SimpleNamespace


def main(presets: Path, folder: Path) -> None:
    from llm_sandbox.core.session_base import BaseSession
    from llm_sandbox.language_handlers.python_handler import PythonHandler

    spec = importlib.util.spec_from_file_location("presets", presets)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    session = type("Unopened", (BaseSession,), {"__del__": lambda self: None})
    session.__abstractmethods__ = frozenset()
    unopened = object.__new__(session)
    unopened.language_handler = PythonHandler(logging.getLogger("quiet"))
    unopened._log = lambda *_: None
    flagged, unread = [], []
    for path in sorted(folder.rglob("*.py")):
        unopened.config = SimpleNamespace(security_policy=module.create_strict_policy(), lang="python")
        try:
            text = path.read_bytes().decode("utf-8", "strict")
        except UnicodeDecodeError:
            unread.append(str(path))
            continue
        if not unopened.is_safe(text)[0]:
            flagged.append(str(path))
    print(json.dumps({"flagged": flagged, "unread": unread}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
