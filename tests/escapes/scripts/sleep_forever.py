"""Be deaf to every signal and sleep in the C library, which takes no CPU time and runs no handler.

See: https://man7.org/linux/man-pages/man7/signal.7.html
Layers: main bare
"""


def attempt():
    call(14, 0, b"\xff" * 8, None, 8)
    call(35, struct.pack("<2q", 10000, 0), None)
    return 1.0
