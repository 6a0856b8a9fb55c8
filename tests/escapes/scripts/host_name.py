"""Rename the machine, to what it is called.

See: https://man7.org/linux/man-pages/man2/sethostname.2.html
Layers: main bare
"""


def attempt():
    return float(call(170, b"guest", 5) == 0)
