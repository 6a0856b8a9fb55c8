from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from llmdas.report.content import AttemptCard, Comparison, Interval, ProgramCard
from llmdas.report.html import render
from tests.report.page import Page
from tests.report.sample import PROBLEMS, SOURCE, program, realistic

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "breaks out of pre": "</code></pre></details><img src=x onerror=alert(1)>",
    "breaks out of an attribute": "\" onfocus='alert(1)' autofocus x=\"",
    "closes the page": "</title></style></body></html><svg onload=alert(1)>",
    "template syntax": "{{ 7 * 7 }}{% raw %}{# c #}",
    "bidi": "access = 'user\u202e \u2066# admin\u2069 \u2066'",
    "control": "a\x00b\x1b[31mc\x07\x85\r\x0b",
    "entity": "&lt;script&gt; &#x202e;",
    "lone surrogate": "a\ud800b",
    "comment": "<!-- --> ]]> <![CDATA[",
}


# Drawing takes most of a second; what has nothing to do with figures is looked at without them.
UNDRAWN = replace(
    realistic(), plain=np.empty(0), enhanced=np.empty(0), y=np.empty(0, np.int64), normals=np.empty((0, 30))
)


def page_of(**changes) -> Page:
    return Page(render(replace(UNDRAWN, **changes)))


def drawn_page_of(**changes) -> Page:
    return Page(render(replace(realistic(), **changes)))


def attacked(text: str):
    """Put a text at every place that takes one."""
    attempt = AttemptCard(1, text, False, (text, text), text)
    card = ProgramCard(text, text, text, text, (attempt, replace(attempt, source=None)), ((text, 0.5, 1.0),))
    comparison = replace(realistic().comparisons[0], metric=text)
    return replace(
        UNDRAWN, title=text, facts=((text, text),), summary=(text, text), description=text,
        comparisons=(comparison,), programs=(card,), digests={text: text},
    )  # fmt: skip


@pytest.fixture(scope="module")
def html():
    return render(realistic())


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


@pytest.fixture(scope="module")
def harmless():
    return Page(render(attacked("harmless")))


def test_the_page_comes_in_the_promised_order(page):
    sections = [element.attributes["id"] for element in page.all("section")]
    assert sections == ["metrics", "figures", "facts", "description", "programs", "digests"]
    assert page.all("h1")[0].text == realistic().title
    assert [p.text for p in page.having("lead")] == [realistic().summary[0]]
    assert [figure.attributes["id"] for figure in page.all("figure")] == [
        "figure-hist-plain", "figure-hist-enhanced", "figure-pr", "figure-projection",
    ]  # fmt: skip


def test_headings_do_not_skip_a_level(page):
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch(r"h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_metrics_say_both_detectors_their_intervals_and_the_gain(page):
    comparison = realistic().comparisons[0]
    card = page.by_id("metrics").all("article")[0].text
    for interval in (comparison.plain, comparison.enhanced):
        assert f"{interval.value:.3f}" in card
        assert f"{interval.low:.3f} to {interval.high:.3f}" in card
    assert f"{comparison.gain.value:+.3f}" in card
    assert f"{comparison.gain.low:+.3f} to {comparison.gain.high:+.3f}" in card
    assert "Chance: 0.542" in card


def test_metrics_say_which_rows_they_were_measured_on(page):
    assert "391 test rows (179 normal, 212 anomalies)" in page.by_id("metrics").text


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.01, 0.05, "better"), (-0.05, -0.01, "worse"), (-0.01, 0.05, "no gain shown"), (0.0, 0.05, "no gain shown"),
     (float("nan"), float("nan"), "no gain shown")],
)  # fmt: skip
def test_a_gain_is_claimed_only_when_its_interval_excludes_zero(low, high, word):
    comparison = Comparison("AUC-PR", Interval(0.5, 0.4, 0.6), Interval(0.6, 0.5, 0.7), Interval(0.1, low, high))
    assert page_of(comparisons=(comparison,)).by_id("metrics").all("span")[0].text == word


def test_undefined_figures_are_said_to_be_so():
    nan = Interval(float("nan"), float("nan"), float("nan"))
    section = page_of(comparisons=(Comparison("AUC-PR", nan, nan, nan),)).by_id("metrics")
    assert "not defined to not defined" in section.text
    assert "nan" not in section.text


def test_without_labels_nothing_is_claimed():
    page = drawn_page_of(y=None, comparisons=(), anomalies=np.empty((0, 30)))
    assert "nothing is claimed" in page.by_id("metrics").text
    assert not page.by_id("metrics").all("table")
    assert page.by_id("figure-pr") is None
    assert page.by_id("figure-hist-plain") is not None
    assert "391 scored rows" in page.by_id("figures").text
    assert "test row" not in page.by_id("figures").text.replace("test anomalies", "")


def test_one_class_claims_nothing_either():
    page = drawn_page_of(y=np.zeros(391, np.int64), comparisons=())
    assert "one class only" in page.by_id("metrics").text
    assert page.by_id("figure-pr") is None


def test_each_attempt_is_there_with_stage_verdict_problems_and_source():
    card = page_of(programs=(program(0),)).by_id("program-1")
    attempts = [details for details in card.all("details") if "Attempt" in details.all("summary")[0].text]
    words = [attempt.all("summary")[0].all("span")[0].text for attempt in attempts]
    assert words == ["refused", "failed", "accepted"]
    assert ["gate" in attempts[0].text, "trial" in attempts[1].text] == [True, True]
    assert [item.text for item in attempts[0].all("li")] == list(PROBLEMS)
    assert attempts[2].all("pre")[0].text == SOURCE


def test_every_source_line_is_counted():
    pre = page_of(programs=(program(1),)).all("pre")[0]
    assert len([span for span in pre.all("span") if "line" in span.classes]) == SOURCE.count("\n")


def test_an_attempt_without_source_says_so():
    attempt = AttemptCard(1, "extraction", False, ("the answer holds no code block",), None)
    card = replace(program(2), attempts=(attempt,))
    page = page_of(programs=(card,))
    assert "no program could be taken" in page.by_id("program-1").text
    assert "failed" in page.by_id("program-1").text
    assert page.all("pre") == []


def test_trial_figures_are_told_per_toy_table():
    table = page_of(programs=(program(0),)).having("trial")[0]
    rows = [[cell.text for cell in row.inside] for row in table.all("tr")]
    assert rows[1] == ["clusters (300 rows, 6 columns, n_samples=30)", "93 %", "1.42"]
    assert rows[-1][1:] == ["90 %", "\u2013"]


def test_digests_are_short_on_the_card_and_full_at_the_end(page):
    digest = program(0).sha256
    code = page.by_id("program-1").all("code")[0]
    assert (code.text, code.attributes["title"]) == (digest[:12], digest)
    assert digest in page.by_id("digests").text
    assert all(value in page.by_id("digests").text for value in realistic().digests.values())


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_untrusted_text_stays_text_everywhere(attack, harmless):
    page = Page(render(attacked(attack)))
    assert not {element.tag for element in page.elements} & {"script", "img", "iframe", "object", "link"}
    tags = [element.tag for element in page.elements if element.tag != "span"]
    assert tags == [element.tag for element in harmless.elements if element.tag != "span"]
    names = {name for element in page.elements for name in element.attributes}
    assert names == {name for element in harmless.elements for name in element.attributes}


@pytest.mark.parametrize("attack", ["control", "bidi", "lone surrogate"])
def test_unseen_characters_never_reach_the_page_raw(attack):
    html = render(attacked(ATTACKS[attack]))
    html.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]", html)


def test_an_attack_can_be_read():
    page = Page(render(attacked(ATTACKS["script"])))
    assert page.all("h1")[0].text == ATTACKS["script"]
    assert page.all("pre")[0].text.rstrip("\n") == ATTACKS["script"]
    assert r"\u202e" in Page(render(attacked(ATTACKS["bidi"]))).all("pre")[0].text


def test_nothing_outside_the_page_is_referenced(html, page):
    for element in page.elements:
        for name, value in element.attributes.items():
            if name in {"src", "href", "xlink:href", "action", "poster", "data", "srcset"}:
                assert value.startswith("#"), (element.tag, name, value)
            assert not re.search(r"url\((?!#)", value)
    style = page.all("style")[0].text
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"https?:|//[a-z]", html)


def test_links_inside_the_page_lead_somewhere(page):
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        if element.tag == "a":
            assert element.attributes["href"][1:] in ids
        for name in element.attributes.get("aria-labelledby", "").split():
            assert name in ids


def test_the_policy_forbids_everything_but_inline_style(page):
    policy = next(meta for meta in page.all("meta") if "http-equiv" in meta.attributes)
    parts = dict(part.strip().split(" ", 1) for part in policy.attributes["content"].split(";"))
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    assert parts == {"default-src": "'none'", "style-src": "'unsafe-inline'", "base-uri": "'none'",
                     "form-action": "'none'"}  # fmt: skip


def test_the_page_can_be_heard(page):
    assert page.all("html")[0].attributes["lang"] == "en"
    assert all(svg.attributes["aria-label"] for svg in page.all("svg"))
    for figure in page.all("figure"):
        assert figure.attributes["aria-labelledby"]
        assert figure.all("figcaption")[0].text
    for table in page.all("table"):
        assert table.all("caption")[0].text
        assert all(header.attributes["scope"] in {"row", "col"} for header in table.all("th"))
        assert all(row.all("th") for row in table.all("tr"))
    for scrolled in (element for element in page.elements if "tabindex" in element.attributes):
        assert scrolled.attributes["role"] == "region"
        assert scrolled.attributes["aria-label"]


def test_equal_content_gives_equal_bytes(html):
    assert render(replace(realistic())) == html


def test_a_page_of_5000_test_rows_stays_below_a_megabyte():
    rng = np.random.default_rng(0)
    y = (rng.random(5000) < 0.5).astype(np.int64)
    normals, synthetic, anomalies = rng.normal(size=(3, 5000, 10))
    html = render(replace(
        realistic(), y=y, plain=rng.normal(size=5000) + y, enhanced=rng.normal(size=5000) + 2 * y,
        normals=normals, synthetic=synthetic, anomalies=anomalies,
    ))  # fmt: skip
    assert len(html.encode()) > 200_000, "thousands of points are there"
    assert len(html.encode()) < 1_000_000


def test_twenty_programs_with_the_same_name_are_told_apart():
    page = page_of(programs=tuple(replace(program(index), name="same") for index in range(20)))
    assert page.by_id("program-20") is not None
    assert "Programs (20)" in page.all("nav")[0].text


@pytest.mark.parametrize(
    "changes",
    [
        {"programs": ()},
        {"programs": (replace(program(1), attempts=(), sha256=None, trial=()),)},
        {"programs": (replace(program(1), trial=(("one", None, None), ("two", float("nan"), float("inf")))),)},
        {"synthetic": np.empty((0, 30))},
        {"anomalies": np.empty((0, 30)), "synthetic": np.empty((0, 30))},
        {"plain": np.empty(0), "enhanced": np.empty(0), "y": np.empty(0, np.int64), "comparisons": ()},
        {"facts": (), "summary": (), "description": "", "digests": {}},
        {"description": "many words\n\n" * 500},
        {"programs": (replace(program(1), attempts=(AttemptCard(1, "gate", False, ("x" * 9000,), "y" * 60_000),)),)},
        {"programs": (replace(program(1), attempts=(AttemptCard(1, "gate", False, (), ""),)),)},
    ],
    ids=["no program", "no attempt", "no trial figure", "no synthetic row", "normals only", "no score", "bare",
         "long description", "long lines", "empty source"],
)  # fmt: skip
def test_odd_content_is_shown(changes):
    page = page_of(**changes) if set(changes) == {"programs"} else drawn_page_of(**changes)
    assert page.by_id("programs") is not None
    assert not re.search(r"\bnan\b|\binf\b|None", page.by_id("programs").text)


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_contrast_meets_wcag_aa(scheme):
    css = files("llmdas.report").joinpath("style.css").read_text()
    blocks = [dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)]
    light, dark, paper = blocks
    colours = {"light": light, "dark": light | dark, "print": light | paper}[scheme]
    for name in ("ink", "muted", "link", "plain", "enhanced", "tok-k", "tok-s", "tok-n", "tok-c"):
        for back in ("page", "card", "sunken"):
            assert contrast(colours[name], colours[back]) >= 4.5, (name, back)
    for name in ("good", "bad", "open"):
        assert contrast(colours[name], colours[f"{name}-back"]) >= 4.5, name
    for name in ("normal", "anomaly", "synthetic"):
        assert contrast(colours[name], colours["card"]) >= 3.0, name
