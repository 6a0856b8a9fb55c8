"""Records from files: each field fits its annotation, nothing is guessed, and the first mistake is one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.contract import Contract
from llmdas.gate.rules import PatternRule
from llmdas.permits import Additions
from llmdas.policy import Policy
from llmdas.records import Invalid, above, at_least, build, matching


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: Annotated[str, at_least(2), matching("^[a-z]+$")]
    size: Annotated[int, above(0)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    parts: Annotated[tuple[Part, ...], at_least(1)]
    kind: Literal["a", "b"]
    by_name: Mapping[str, Part] = field(default_factory=dict)
    note: Annotated[str, at_least(3)] | None = None
    flag: bool = False
    free: Any = None
    words: tuple[str, ...] = ()


GOOD: dict[str, Any] = {"parts": [{"name": "ab"}], "kind": "a"}


def test_a_good_value_becomes_a_record() -> None:
    value = {**GOOD, "by_name": {"x": {"name": "cd", "size": 3}}, "flag": True, "free": [1], "words": ["p", "q"]}
    assert build(Whole, value) == Whole(
        parts=(Part(name="ab"),),
        kind="a",
        by_name={"x": Part(name="cd", size=3)},
        flag=True,
        free=[1],
        words=("p", "q"),
    )
    assert build(Whole, GOOD).note is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"parts": []}, "parts: Tuple should have at least 1 items"),
        ({"parts": {"name": "ab"}}, "parts: Input should be a valid tuple"),
        ({"parts": "ab"}, "parts: Input should be a valid tuple"),
        ({"parts": [{"name": "ab"}, {}]}, "parts.1.name: Field required"),
        ({"parts": [{"name": "a"}]}, "parts.0.name: String should have at least 2 characters"),
        ({"parts": [{"name": "AB"}]}, "parts.0.name: String should match pattern '^[a-z]+$'"),
        ({"parts": [{"name": "ab", "size": 0}]}, "parts.0.size: Input should be greater than 0"),
        ({"parts": [{"name": "ab", "size": True}]}, "parts.0.size: Input should be a valid integer"),
        ({"parts": [{"name": "ab", "size": 1.0}]}, "parts.0.size: Input should be a valid integer"),
        ({"parts": [{"name": "ab", "sizes": 1}]}, "parts.0.sizes: Extra inputs are not permitted"),
        ({"parts": ["ab"]}, "parts.0: Input should be a valid dictionary"),
        ({"kind": "c"}, "kind: Input should be 'a' or 'b'"),
        ({"kind": ["a"]}, "kind: Input should be 'a' or 'b'"),
        ({"by_name": []}, "by_name: Input should be a valid dictionary"),
        ({"by_name": {1: {"name": "ab"}}}, "by_name.1: Input should be a valid string"),
        ({"by_name": {"x": None}}, "by_name.x: Input should be a valid dictionary"),
        ({"note": "no"}, "note: String should have at least 3 characters"),
        ({"flag": "yes"}, "flag: Input should be a valid boolean"),
        ({"flag": 1}, "flag: Input should be a valid boolean"),
        ({"words": [1]}, "words.0: Input should be a valid string"),
        ({"more": 1}, "more: Extra inputs are not permitted"),
        ({None: 1}, "None: Extra inputs are not permitted"),
        ({"kind": "c", "more": 1}, "kind: Input should be 'a' or 'b'"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[Any, Any], told: str) -> None:
    with pytest.raises(Invalid) as caught:
        build(Whole, {**GOOD, **change})
    assert str(caught.value) == told


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_a_whole_that_is_no_mapping_is_refused(value: object) -> None:
    with pytest.raises(Invalid, match="valid dictionary"):
        build(Whole, value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(allow_nan=False)
    | st.sampled_from(["a", "ab", "names", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["parts", "kind", "name", "size", "by_name", "note", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_any_value_becomes_a_record_or_a_named_mistake(value: Any) -> None:
    for kind in (Whole, Policy, Contract, Additions, PatternRule):
        try:
            made = build(kind, value)
        except Invalid:
            continue
        assert isinstance(made, kind)
