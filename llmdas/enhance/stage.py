"""The data world's path on one set of training rows: fit, run the programs, pool their rows, train, fuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from llmdas.detectors.interface import Detector, Matrix
from llmdas.digest import sha256
from llmdas.enhance.augment import pool, synthesis_count
from llmdas.enhance.enhanced import EnhancedDetector, enhance_detector
from llmdas.enhance.generate import Generated, generate, program_seed
from llmdas.errors import NothingAccepted
from llmdas.execution import Accepted, Rig
from llmdas.scaling import Scaler

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Enhancement:
    """The enhanced detector and what it was made from.

    Attributes:
        enhanced: takes rows in the table's units.
        normals: float64 (n, d), scaled training rows.
        synthetic: float64 (k, d), scaled rows of all programs.
        by_program: digest of a program -> what it made, also when it was set aside.
        n_samples: rows asked of each program.
    """

    enhanced: EnhancedDetector
    normals: Matrix
    synthetic: Matrix
    by_program: dict[str, Generated]
    n_samples: int

    def as_json(self) -> dict[str, Any]:
        """Return counts and digests, no rows."""
        return {
            "n_samples_per_program": self.n_samples,
            "synthetic_rows": len(self.synthetic),
            "synthetic_sha256": sha256(np.ascontiguousarray(self.synthetic).tobytes()),
            "fusion": self.enhanced.fusion,
            "fusion_weight": self.enhanced.weight,
            "programs": {
                digest: {
                    "rows": len(made.rows),
                    "rows_sha256": made.digest,
                    "copies_dropped": made.copies,
                    "set_aside": made.set_aside,
                    "wall_s": round(made.usage.wall_s, 3),
                    "cpu_s": round(made.usage.cpu_s, 3),
                    "peak_bytes": made.usage.peak_bytes,
                    "output_bytes": made.usage.output_bytes,
                    "score_calls": made.usage.callback_calls,
                    "scored_rows": made.usage.callback_rows,
                    "printed": made.usage.printed,
                }
                for digest, made in self.by_program.items()
            },
        }


def enhance_on(
    train: Matrix,
    rig: Rig,
    programs: Sequence[Accepted],
    *,
    ratio: float,
    seed: int,
    say: Say,
) -> Enhancement:
    """Make an enhanced detector from training normals.

    Args:
        train: float64 (n, d), in the table's units.
        programs: accepted by gate and trial.
        ratio: synthetic rows per training row and program (paper: 0.1).

    Raises:
        NothingAccepted: every program failed on these rows.
        DetectorError: the detector cannot be fitted on them.
        SandboxFailure: the sandbox failed.
    """
    scaler = Scaler.of(train)
    normals = scaler.transform(train)
    say(f"fit: {rig.entry.title} on {len(normals)} normal rows")
    detector = rig.entry.make(seed)
    detector.fit(normals)
    count = synthesis_count(len(normals), ratio)
    by_program = _run_programs(rig, programs, detector, normals, count=count, seed=seed, say=say)
    usable = {digest: made.rows for digest, made in by_program.items() if len(made.rows)}
    if not usable:
        reasons = " | ".join(made.set_aside or "no row was left" for made in by_program.values())
        raise NothingAccepted(f"Every accepted program failed on these rows: {reasons}.", "Ask for more programs.")
    synthetic = pool(usable).rows
    say(f"train: random forest on {len(normals)} normal and {len(synthetic)} synthetic rows")
    enhanced = enhance_detector(detector, scaler, normals, synthetic, seed=seed)
    return Enhancement(enhanced, normals, synthetic, by_program, count)


def _run_programs(
    rig: Rig,
    programs: Sequence[Accepted],
    detector: Detector,
    normals: Matrix,
    *,
    count: int,
    seed: int,
    say: Say,
) -> dict[str, Generated]:
    by_program: dict[str, Generated] = {}
    for index, accepted in enumerate(programs):
        digest = accepted.program.sha256
        if digest in by_program:
            say(f"run: program {digest[:12]} was written twice and runs once")
            continue
        made = generate(
            rig, accepted, detector=detector, X_train=normals, n_samples=count, seed=program_seed(seed, index)
        )
        by_program[digest] = made
        outcome = f"set aside: {made.set_aside}: {made.said}" if made.set_aside else f"made {len(made.rows)} rows"
        say(f"run: program {digest[:12]} {outcome} in {made.usage.wall_s:.1f} s")
    return by_program
