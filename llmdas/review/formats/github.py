"""For GitHub Actions: workflow commands, which the runner turns into annotations of the lines at fault.

Form and escapes: GitHub's "Workflow commands for GitHub Actions". GitHub shows at most ten annotations of a level for
each step; the log holds all.
"""

from __future__ import annotations

from llmdas.gate.catalogue import catalogue
from llmdas.review.formats.common import new, untold, visible
from llmdas.review.outcome import Placed, Review


def github(review: Review) -> str:
    """Return a review as workflow commands, one a line; known and waived findings are left out."""
    titles = {rule: entry.title for rule, entry in catalogue().items()}
    commands = [_finding(one, titles.get(one.finding.rule, "")) for one in new(review)]
    commands += [
        _command("error", {"file": path, "title": "not judged"}, f"could not be judged: {why}")
        for path, why in untold(review)
    ]
    return "".join(f"{command}\n" for command in commands)


def _finding(one: Placed, title: str) -> str:
    finding = one.finding
    properties = {"file": one.path}
    if finding.line:
        properties["line"] = str(finding.line)
        if finding.column:
            properties["col"] = str(finding.column)
    properties["title"] = f"{finding.rule} {title}".rstrip()
    return _command(finding.severity, properties, finding.message, finding.remedy)


def _command(name: str, properties: dict[str, str], *lines: str) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = "\n".join(visible(line) for line in lines if line)
    return f"::{name} {listed}::{_data(message)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(visible(value, keep="\r\n")).replace(":", "%3A").replace(",", "%2C")
