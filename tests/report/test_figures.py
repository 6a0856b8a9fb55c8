from __future__ import annotations

import re
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score

from llmdas.report.figures import _tick, draw_figures, precision_recall
from llmdas.report.projection import MAX_POINTS, evenly, principal_axes, project
from llmdas.report.svg import drawing_style, inline_svg
from tests.report.page import Page
from tests.report.sample import realistic


def drawings(**changes):
    return {drawing.key: drawing for drawing in draw_figures(replace(realistic(), **changes))}


def scores(values, y=None):
    return {"plain": np.asarray(values, float), "enhanced": np.asarray(values, float), "y": y, "comparisons": ()}


def markers(svg: str) -> list[int]:
    """Count of the points of each group: every use in a group that is clipped to the frame."""
    found = Page(svg).all("g")
    counts = [sum(child.tag == "use" for child in group.inside) for group in found if "clip-path" in group.attributes]
    return [count for count in counts if count]


def heights(svg: str) -> list[str]:
    return [text.text for text in Page(svg).all("text") if "%" in text.text]


def test_every_figure_is_there_with_words_for_it():
    made = drawings()
    assert list(made) == ["hist-plain", "hist-enhanced", "pr", "projection"]
    for drawing in made.values():
        svg = Page(drawing.svg).elements[0]
        assert svg.attributes["role"] == "img"
        assert len(svg.attributes["aria-label"]) > 60
        assert drawing.caption.endswith(".")


def test_the_words_for_a_histogram_tell_its_groups_and_medians():
    label = Page(drawings()["hist-plain"].svg).elements[0].attributes["aria-label"]
    median = np.median(realistic().plain[realistic().y == 1])
    assert "Normal, 179 rows" in label
    assert f"Anomaly, 212 rows: median {median:.3g}" in label


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (0.01, "0.01"), (-500, "\u2212500"), (1e4, "1e4"), (-1e-5, "\u22121e\u22125")]
)
def test_ticks_over_many_magnitudes_are_short(value, shown):
    assert _tick(value) == shown


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_area_under_the_steps_is_the_average_precision(data):
    m = data.draw(st.integers(2, 40))
    values = data.draw(arrays.arrays(float, m, elements=st.integers(0, 5).map(float)))
    y = data.draw(arrays.arrays(np.int64, m, elements=st.integers(0, 1)).filter(lambda labels: labels.any()))
    recall, precision = precision_recall(values, y)
    area = np.sum(np.diff(recall, prepend=0.0) * precision)
    assert area == pytest.approx(average_precision_score(y, values))
    assert recall[-1] == 1.0
    assert precision[-1] == pytest.approx(y.mean())


def test_infinite_scores_rank_first_and_undefined_ones_are_left_out():
    y = np.array([0, 1, 0, 1])
    pr = drawings(**scores([0.1, np.inf, 0.2, np.nan], y))["pr"]
    assert "plain 1.000" in pr.svg
    assert "1 row left out" in pr.caption


def test_no_curve_without_labels_or_with_one_class():
    values = np.arange(4.0)
    assert "pr" not in drawings(**scores(values))
    assert "pr" not in drawings(**scores(values, np.zeros(4, np.int64)))
    assert "pr" not in drawings(**scores(values, np.ones(4, np.int64)))


def test_without_labels_the_histogram_has_one_group():
    svg = drawings(**scores(np.arange(40.0)))["hist-plain"].svg
    assert "scored rows (40)" in svg
    assert "anomaly" not in svg


@pytest.mark.parametrize(
    "values",
    [
        [0.5] * 30,
        [0.0] * 30,
        [1e9] * 29 + [1e9 + 1e-6],
        [7.0],
        np.geomspace(1e-30, 1e30, 60),
        np.concatenate([-np.geomspace(1e-8, 1e8, 30), np.geomspace(1e-8, 1e8, 30)]),
        [0.0] * 50 + [1e12],
        [1.0, 2.0, 3.0, np.inf, np.nan, 1e300, -1e308],
        [5e-324, 1e-300, 1.0],
    ],
    ids=["equal", "zero", "nearly equal", "one", "magnitudes", "both signs", "one far off", "not finite", "subnormal"],
)
@pytest.mark.parametrize("labelled", [True, False])
def test_odd_scores_are_drawn(values, labelled):
    y = np.arange(len(values)) % 2 if labelled else None
    made = drawings(**scores(values, y))
    assert {"hist-plain", "hist-enhanced"} <= set(made)
    assert "nan" not in re.sub(r'aria-label="[^"]*"', "", made["hist-plain"].svg)


@settings(max_examples=12, deadline=None)
@given(arrays.arrays(float, st.integers(1, 30), elements=st.floats(width=64)))
def test_any_scores_are_drawn_or_counted(values):
    made = drawings(**scores(values))
    seen = int((np.abs(values) < 1e100).sum())
    if not seen:
        assert "hist-plain" not in made
        return
    assert f"scored rows ({seen})" in made["hist-plain"].svg
    assert ("not drawn" in made["hist-plain"].caption) == (seen < len(values))


def test_scores_over_many_magnitudes_stretch_the_axis_and_say_so():
    assert "stretched" in drawings(**scores(np.geomspace(1e-6, 1e6, 60)))["hist-plain"].caption
    assert "stretched" not in drawings(**scores(np.linspace(0, 1, 60)))["hist-plain"].caption


def test_both_histograms_share_the_height_axis():
    rng = np.random.default_rng(0)
    made = drawings(plain=rng.normal(size=500), enhanced=rng.random(500), y=None)
    assert heights(made["hist-plain"].svg) == heights(made["hist-enhanced"].svg) != []


def test_histograms_that_would_be_flat_get_their_own_height_axis_and_say_so():
    made = drawings(plain=np.zeros(500), enhanced=np.linspace(0, 1, 500), y=None)
    assert heights(made["hist-plain"].svg)[-1] == "100 %"
    assert heights(made["hist-enhanced"].svg)[-1] != "100 %"
    assert "height axes of the two histograms differ" in made["hist-plain"].caption


def test_a_histogram_loses_no_score():
    content = realistic()
    far = np.concatenate([content.plain, [1e6]])
    y = np.append(content.y, 1)
    assert "anomaly (213)" in drawings(plain=far, enhanced=far, y=y)["hist-plain"].svg


def test_principal_axes_are_those_of_the_covariance():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 4)) @ np.diag([5.0, 2.0, 1.0, 0.1]) + 3.0
    centre, axes, shares = principal_axes(rows)
    values, vectors = np.linalg.eigh(np.cov(rows.T))
    assert centre == pytest.approx(rows.mean(axis=0))
    assert np.abs(axes @ vectors[:, [-1, -2]]) == pytest.approx(np.eye(2), abs=1e-9)
    assert shares == pytest.approx(values[[-1, -2]] / values.sum())
    assert (axes[np.arange(2), np.abs(axes).argmax(axis=1)] > 0).all()


def test_far_off_rows_do_not_squash_the_normals_and_are_counted():
    rng = np.random.default_rng(1)
    normals, far = rng.normal(size=(300, 3)), rng.normal(size=(40, 3)) * 1e6
    projection = project((("normals", normals), ("test anomalies", far)))
    assert projection is not None
    assert np.ptp(projection.points["normals"][:, 0]) > 0.17 * np.ptp(projection.x_limits)
    assert len(projection.points["test anomalies"]) == 0
    assert "40 of 40 test anomalies" in projection.notes


def test_a_row_that_overflows_counts_as_outside():
    rows = np.array([[1.0, 1.0], [np.nan, 0.0], [1e200, 0.0]])
    projection = project((("normals", np.random.default_rng(0).normal(size=(50, 2))), ("test anomalies", rows)))
    assert "2 of 3 test anomalies" in projection.notes


@pytest.mark.parametrize(("n", "d"), [(50, 1), (1, 5), (2, 2), (3, 40), (1, 1)])
@pytest.mark.parametrize("other", [0, 4])
def test_few_columns_rows_or_groups_are_drawn(n, d, other):
    rng = np.random.default_rng(2)
    made = drawings(
        normals=rng.normal(size=(n, d)), synthetic=rng.normal(size=(other, d)), anomalies=rng.normal(size=(other, d))
    )
    assert f"normals ({n})" in made["projection"].svg
    assert ("synthetic rows (4)" in made["projection"].svg) == bool(other)


def test_one_column_gives_a_lane_for_each_group():
    made = drawings(normals=np.arange(50.0)[:, None], synthetic=np.zeros((3, 1)), anomalies=np.empty((0, 1)))
    words = [text.text for text in Page(made["projection"].svg).all("text")]
    assert {"normals", "synthetic rows"} <= set(words)
    assert "test anomalies" not in words
    assert "one principal axis" in made["projection"].caption


def test_constant_normals_are_drawn():
    assert "projection" in drawings(normals=np.zeros((20, 3)), synthetic=np.ones((2, 3)), anomalies=np.empty((0, 3)))


def test_no_projection_without_normals():
    assert "projection" not in drawings(normals=np.empty((0, 3)))


@given(st.integers(0, 5000), st.integers(2, 100))
def test_evenly_picked_rows_are_few_distinct_and_reach_both_ends(count, limit):
    picked = evenly(count, limit)
    assert len(picked) == min(count, limit) == len(set(picked.tolist()))
    assert not count or (picked[0], picked[-1]) == (0, count - 1)


def test_many_rows_are_thinned_and_the_caption_says_so():
    rng = np.random.default_rng(3)
    made = drawings(normals=rng.normal(size=(5000, 3)), synthetic=rng.normal(size=(500, 3)), anomalies=np.empty((0, 3)))
    drawing = made["projection"]
    assert f"{MAX_POINTS:,} of 5,000 normals" in drawing.caption
    synthetic, normals = sorted(markers(drawing.svg))[-2:]
    assert 0.9 * MAX_POINTS < normals <= MAX_POINTS
    assert 450 < synthetic <= 500


def test_figures_are_the_same_bytes_whatever_the_settings_of_the_process():
    first = draw_figures(realistic())
    with matplotlib.rc_context(
        {
            "font.size": 20.0,
            "xtick.direction": "in",
            "axes.labelsize": 30.0,
            "svg.fonttype": "path",
            "svg.hashsalt": None,
        }
    ):
        assert draw_figures(realistic()) == first


def test_settings_of_the_process_come_back():
    before = dict(matplotlib.rcParams)
    draw_figures(realistic())
    assert dict(matplotlib.rcParams) == before


def test_ids_are_unique_over_all_figures_and_every_reference_has_one():
    page = "".join(drawing.svg for drawing in draw_figures(realistic()))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    referred = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert referred == set(ids)


def test_colours_are_left_to_the_style_sheet_and_nothing_is_rasterised():
    for drawing in draw_figures(realistic()):
        assert re.findall(r"#[0-9a-fA-F]{6}\b", drawing.svg) == []
        assert not re.search(r"<image|<style|xmlns|http|font-family", drawing.svg)
        assert "var(--" in drawing.svg


def test_text_in_a_picture_is_escaped():
    with drawing_style():
        figure = Figure(figsize=(2, 2))
        figure.add_subplot().set_title('<b> & "c"')
        svg = inline_svg(figure, "k", 'a "label" <script>')
    page = Page(svg)
    assert page.elements[0].attributes["aria-label"] == 'a "label" <script>'
    assert '<b> & "c"' in page.text
    assert "<b>" not in svg
