"""The guest changes no number: every accepted program gives, bit for bit, what plain Python and numpy give.

The plain side is the same source as plain Python (`Request.policy` None: no transformation, no guards), with the same
arguments and seed. It runs in a sandbox as well: no generated program ever runs outside one, not even here. Plain
results are taken once, from bubblewrap; the guarded ones come from both backends at the level warm and from bubblewrap
at the level fresh (there a third of the programs, always the same one; `LLMDAS_ALL_ESCAPES=1`, as in `.ci/run`: all).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from llmdas.contract import load_contract
from llmdas.gate import judge
from llmdas.llm.extract import extract_program
from llmdas.llm.replay import Recording
from llmdas.policy import load_policy
from llmdas.program import Program
from llmdas_sandbox import Generator, Limits, Proxy, Request, Rows, SandboxFailure, Scalar
from llmdas_sandbox.interface import Array
from llmdas_sandbox.rootfs import ensure_root
from tests.escapes.places import Outcome, Place
from tests.escapes.test_escapes import EVERYWHERE
from tests.sandbox.backends import unusable

FUNCTION = "generate_hard_anomalies"
SAMPLES = sorted((Path(__file__).resolve().parents[1] / "programs" / "accept").glob("*.py"))
X = np.random.default_rng(5).normal(size=(40, 3))
LIMITS = Limits(wall_s=20.0, cpu_s=10.0)
PLACES = ("bubblewrap-warm", "bubblewrap-fresh", "docker-warm")


def recorded() -> Iterator[tuple[str, bytes]]:
    """Programs of the answers that ship, of which the gate accepts these."""
    policy, contract = load_policy(), load_contract()
    for path in sorted(Path(str(resources.files("llmdas.library"))).glob("recordings/*.json")):
        program = extract_program(Recording(**json.loads(path.read_text())).as_answer(), FUNCTION)
        if isinstance(program, Program) and judge(program, policy, contract).accepted:
            yield f"recording-{path.stem[:8]}", program.source


SOURCES = {path.stem: path.read_bytes() for path in SAMPLES} | dict(recorded())


def request(source: bytes, guarded: bool) -> Request:
    guest = load_policy().as_guest()
    arguments = {
        "n_samples": Scalar(12),
        "model": Proxy({"predict_score": lambda rows: np.abs(rows).sum(axis=1)}),
        "X_train": Rows(X),
        "rng": Generator(11),
    }
    policy = replace(guest, attributes=(*guest.attributes, "predict_score")) if guarded else None
    return Request(source, hashlib.sha256(source).hexdigest(), FUNCTION, arguments, policy, LIMITS)


def tried(place: str, name: str) -> bool:
    third = hashlib.sha256(f"{place} {name}".encode()).digest()[0] % 3 == 0
    return EVERYWHERE or not place.endswith("fresh") or third


def cases() -> Iterator[pytest.param]:
    for place in PLACES:
        for name in SOURCES:
            if tried(place, name):
                yield pytest.param(place, name, marks=getattr(pytest.mark, place.split("-")[0]), id=f"{place}-{name}")


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[str, Request], Outcome]]:
    opened: dict[str, Place | str] = {}

    def at(name: str, wanted: Request) -> Outcome:
        if name not in opened:
            try:
                opened[name] = Place(name, ensure_root())
            except SandboxFailure as error:
                opened[name] = str(error)
        place = opened[name]
        if isinstance(place, str):
            unusable(name.split("-", maxsplit=1)[0], place)
        return place.run(wanted)

    yield at
    for place in opened.values():
        if isinstance(place, Place):
            place.close()


@pytest.fixture(scope="module")
def plain(run: Callable[[str, Request], Outcome]) -> Callable[[str], Array]:
    """The result of a program as plain Python; taken where the guarded one is taken, when there is no bubblewrap."""
    known: dict[str, Array] = {}

    def result(name: str) -> Array:
        if name not in known:
            value, fault, _ = run("bubblewrap-warm", request(SOURCES[name], guarded=False))
            assert fault is None, fault
            assert value is not None
            known[name] = value
        return known[name]

    return result


@pytest.mark.parametrize(("place", "name"), cases())
def test_result_under_guards_is_the_plain_result_bit_for_bit(
    run: Callable[[str, Request], Outcome], plain: Callable[[str], Array], place: str, name: str
) -> None:
    value, fault, _ = run(place, request(SOURCES[name], guarded=True))
    assert fault is None
    assert value is not None
    expected = plain(name)
    assert (value.shape, value.dtype) == (expected.shape, expected.dtype)
    assert value.tobytes() == expected.tobytes()


def test_all_samples_and_recordings_are_compared() -> None:
    assert len(SAMPLES) >= 99
    assert sum(name.startswith("recording-") for name in SOURCES) >= 8


@pytest.mark.bubblewrap
def test_a_difference_in_one_bit_is_seen(run: Callable[[str, Request], Outcome], plain: Callable[[str], Array]) -> None:
    name = SAMPLES[0].stem
    shifted = SOURCES[name] + (
        b"\nfirst = generate_hard_anomalies\n"
        b"def generate_hard_anomalies(*words):\n    return np.nextafter(first(*words), np.inf)\n"
    )
    value, fault, _ = run("bubblewrap-warm", request(shifted, guarded=False))
    assert fault is None, fault
    assert value is not None
    assert value.tobytes() != plain(name).tobytes()
