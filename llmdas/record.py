"""Everything a finished run is told from: its report and its manifest are two views of this record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llmdas.config import Settings
from llmdas.data.split import Split
from llmdas.data.table import Table
from llmdas.enhance.outcome import Outcome
from llmdas.enhance.stage import Enhancement
from llmdas.execution import Rig
from llmdas.writing import Written


@dataclass(frozen=True, slots=True, eq=False)
class RunRecord:
    """One run from end to end.

    `exchanges` holds what left over HTTP: host, bytes, digest, status and seconds of every attempt; empty for replay.
    """

    settings: Settings
    rig: Rig
    table: Table
    split: Split
    written: Written
    made: Enhancement
    outcome: Outcome
    exchanges: tuple[dict[str, Any], ...]
