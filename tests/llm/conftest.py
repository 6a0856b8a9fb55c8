from __future__ import annotations

import os

import pytest

AMBIENT = ("OPENAI_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, proxy or endpoint of whoever runs the tests."""
    for name in list(os.environ):
        if name.upper().startswith(AMBIENT):
            monkeypatch.delenv(name)
