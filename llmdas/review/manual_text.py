"""A rule of the manual as a person reads it: plain for terminals, Markdown for pages and code scanning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmdas.review.manual import GROUPS, Manual, Rule

_IN_BODY = "These lines stand in the body of the function."
_WAIVERS = "These are waiver files."
_ESCAPED = "Bytes that an editor would not show are written as Python's escapes."
_REPEATED = '`{{"x" * 500}}` stands for x written 500 times.'


def help_text(rule: Rule) -> str:
    """Return how to mend a rule's findings, with samples, without markup."""
    lines = [rule.why, "", f"How to mend: {rule.remedy}"]
    for title, sample in _samples(rule):
        lines += ["", f"{title}:", "", *_indented(sample)]
    notes = _notes(rule)
    if notes:
        lines += ["", *notes]
    return "\n".join(lines)


def help_markdown(rule: Rule, *, framed: bool = False) -> str:
    """Return what `help_text` does, as GitHub Flavored Markdown without a heading.

    Args:
        rule: the rule.
        framed: the reader was told already what lines that are no program stand in.
    """
    parts = [rule.why, f"**How to mend:** {rule.remedy}"]
    language = "yaml" if rule.samples.form == "waivers" else "python"
    parts += [f"{title}:\n\n```{language}\n{sample.rstrip()}\n```" for title, sample in _samples(rule)]
    notes = [note for note in _notes(rule) if not (framed and note == _IN_BODY)]
    if notes:
        parts.append(" ".join(notes))
    if rule.samples.links:
        parts.append("\n".join(["See:", "", *(f"- <{link}>" for link in rule.samples.links)]))
    return "\n\n".join(parts)


def explained(rule: Rule, ignorable: str) -> str:
    """Return all about one rule for a terminal, with a newline at the end.

    Args:
        rule: the rule.
        ignorable: why the policy lets one ignore it; empty where it does not.
    """
    lines = [
        f"{rule.id}: {rule.title}",
        f"{rule.severity}, group {rule.group} ({GROUPS[rule.group]}), {_ignorable(ignorable)}",
    ]
    if rule.pattern:
        lines.append(f"pattern {rule.pattern}, in policies/rules/{rule.pattern}.yml")
    lines += ["", help_text(rule)]
    if rule.samples.links:
        lines += ["", "See:", *(f"    {link}" for link in rule.samples.links)]
    return "\n".join(lines) + "\n"


def page(manual: Manual, ignorable: Iterable[str]) -> str:
    """Return the page on all rules, as Markdown with a newline at the end.

    Args:
        manual: the rules.
        ignorable: the rules that the policy lets one ignore.
    """
    may = frozenset(ignorable)
    parts = [_HEAD.format(frame=manual.frame.rstrip())]
    for group, title in GROUPS.items():
        rules = [rule for rule in manual.rules.values() if rule.group == group]
        if rules:
            table = ["| rule | severity | what is wrong |", "| --- | --- | --- |"]
            table += [f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {rule.title} |" for rule in rules]
            parts += [f"## {group}: {title}", "\n".join(table)]
        parts += [part for rule in rules for part in _section(rule, rule.id in may)]
    return "\n\n".join(parts) + "\n"


def _section(rule: Rule, ignorable: bool) -> Iterator[str]:
    yield f"### {rule.id}"
    pattern = f", pattern [`{rule.pattern}`](../policies/rules/{rule.pattern}.yml)" if rule.pattern else ""
    yield f"**{rule.title}** ({rule.severity}{', may be ignored' if ignorable else ''}{pattern})"
    yield help_markdown(rule, framed=True)


def _ignorable(why: str) -> str:
    return f"may be ignored: {why}" if why else "cannot be ignored"


def _samples(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.samples.bad:
        refused = "Refused" if rule.severity == "error" else "Reported"
        yield refused, rule.samples.bad
        yield "Accepted", rule.samples.good


def _notes(rule: Rule) -> list[str]:
    samples = rule.samples
    if samples.words:
        return [f"No sample: {samples.words}"]
    kind = {"lines": _IN_BODY, "waivers": _WAIVERS, "program": ""}[samples.form]
    also = f"The refused sample also trips {', '.join(samples.also)}." if samples.also else ""
    escaped = _ESCAPED if samples.escaped else ""
    repeated = _REPEATED if "{{" in samples.bad else ""
    return [note for note in (kind, also, escaped, repeated) if note]


def _indented(sample: str) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in sample.splitlines())


_HEAD = """\
# Rules

Every rule of the gate: why it exists, what it refuses, what it lets pass, and how to mend a program. Made by
`llmdas rules --format markdown`; `llmdas explain DAS203` shows one rule.

A finding of severity `error` refuses a program, a `warning` does not. Unless a sample is a whole program, it stands in
place of `...` in this one:

```python
{frame}
```"""
