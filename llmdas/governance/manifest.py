"""The manifest of a run: every digest, seed and version that its result depends on, and no row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from llmdas.digest import sha256
from llmdas.governance.provenance import versions
from llmdas.prompting.templates import load_template
from llmdas.record import RunRecord

FORMAT = 1
_TEMPLATES = ("system", "description", "program", "repair")


def run_manifest(record: RunRecord) -> dict[str, Any]:
    """Put a run's digests, seeds and versions together in a fixed order; the key and every row stay out."""
    rig, table, split = record.rig, record.table, record.split
    return {
        "format": FORMAT,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "settings": record.settings.model_dump(mode="json", exclude={"api_key"}),
        "detector": {"name": rig.entry.name, "library": rig.entry.library, "parameters": rig.entry.parameters},
        "contract": {"id": rig.contract.id, "sha256": rig.contract.digest},
        "policy": {
            "profile": rig.policy.profile,
            "sha256": rig.policy.digest,
            "with_rules_sha256": rig.bundle,
        },
        "prompts": {name: load_template(name).digest for name in _TEMPLATES},
        "sandbox": {
            "backend": rig.sandbox.backend,
            "level": rig.sandbox.level,
            "gpu": rig.sandbox.gpu,
            "guest_sha256": rig.sandbox.guest,
        },
        "data": {
            "name": table.name,
            "sha256": table.digest,
            "rows": len(table.X),
            "columns": len(table.columns),
            "train_rows": len(split.train),
            "test_rows": 0 if split.test is None else len(split.test),
            "notes": list(table.notes),
        },
        "description": {
            "request_sha256": record.written.description_request,
            "text_sha256": sha256(record.written.description.encode()),
        },
        "programs": [
            {
                "name": program.name,
                "aim": program.aim.name,
                "accepted": program.accepted.program.sha256 if program.accepted else None,
                "attempts": [attempt.as_json() for attempt in program.dialogue.attempts],
            }
            for program in record.written.programs
        ],
        "enhancement": record.made.as_json(),
        "metrics": record.outcome.as_json(),
        "sent": list(record.exchanges),
    }
