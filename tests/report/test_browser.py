"""A look through a real browser: the page fits a phone and runs no script, not even one put into it by hand."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from llmdas.report.content import AttemptCard
from llmdas.report.html import render
from tests.report.sample import program, realistic

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM FOUND: the report was not looked at in a browser (apt-get install chromium)"
)

PHONE = """<!DOCTYPE html><html><body>
<iframe id="phone" style="width:360px;height:2000px;border:0" srcdoc="{page}"></iframe>
<p id="measured"></p><script>
addEventListener("load", () => {{
  const inside = document.getElementById("phone").contentDocument;
  document.getElementById("measured").textContent = "title=" + inside.title + " width=" +
    inside.documentElement.scrollWidth + " plots=" + inside.querySelectorAll("figure svg.plot text").length;
}});
</script></body></html>"""


def dumped(path, profile) -> str:
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}", "--dump-dom",
    ]  # fmt: skip
    done = subprocess.run([CHROMIUM, *flags, path.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_the_page_fits_a_phone_and_runs_no_script(tmp_path):
    hostile = AttemptCard(1, "gate", False, ("w" * 3000,), "x = '" + "y" * 3000 + "'\n")
    content = replace(realistic(), programs=(replace(program(0), attempts=(hostile,), name="n" * 300),))
    intruder = "<script>document.title = 'intruder'</script><img src='x' onerror=\"document.title = 'intruder'\">"
    page = render(content).replace("<details>", "<details open>").replace("<main>", f"<main>{intruder}")
    path = tmp_path / "phone.html"
    path.write_text(PHONE.format(page=html.escape(page)), encoding="utf-8")
    measured = re.search(r'<p id="measured">title=(.*) width=(\d+) plots=(\d+)</p>', dumped(path, tmp_path / "profile"))
    assert measured, "the browser measured nothing"
    assert measured[1] == f"{content.title} \u2013 llmdas report"
    assert int(measured[2]) <= 360
    assert int(measured[3]) > 40
