"""Open descriptors until the machine has none left for others; at most 128.

See: https://cwe.mitre.org/data/definitions/774.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(sum(call(290, 0, 0) >= 0 for _ in range(128)) > 64)
