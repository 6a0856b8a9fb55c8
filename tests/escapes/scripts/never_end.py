"""Ignore every signal and never end.

See: https://cwe.mitre.org/data/definitions/835.html
Layers: main bare
"""


def attempt():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
