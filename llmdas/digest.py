"""Content digests: SHA-256 over bytes or canonical JSON, always written as 64 lower-case hex digits."""

from __future__ import annotations

import json
from typing import Any


def sha256(data: bytes) -> str:
    """Return the SHA-256 of bytes (FIPS 180-4) in hexadecimal."""
    import hashlib  # here, because it loads OpenSSL and a checker's process hashes nothing

    return hashlib.sha256(data).hexdigest()


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces and no escapes, so that equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest_of(value: Any) -> str:
    """Return the digest of a JSON-like value."""
    return sha256(canonical_json(value))
