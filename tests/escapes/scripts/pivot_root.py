"""Put another root over ours.

See: https://man7.org/linux/man-pages/man2/pivot_root.2.html
Layers: main bare
"""


def attempt():
    return float(call(155, b".", b".") == 0 or call(155, b"/channel", b"/channel") == 0)
