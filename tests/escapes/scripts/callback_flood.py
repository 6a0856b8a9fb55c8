"""Keep the host busy with calls of its function.

See: https://cwe.mitre.org/data/definitions/770.html
Layers: main bare
Takes: rows score
"""


def attempt(rows, score):
    for _ in range(100_000):
        score(rows)
    return 1.0
