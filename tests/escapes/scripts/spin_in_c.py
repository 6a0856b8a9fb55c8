"""Spin inside one call of C code, between whose instructions no handler of the interpreter runs.

See: https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
Layers: main bare
"""


def attempt():
    return float(sum(range(10**12)))
