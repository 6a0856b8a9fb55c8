"""Ask for the ports of the hardware.

See: https://man7.org/linux/man-pages/man2/iopl.2.html
Layers: main bare
"""


def attempt():
    return float(call(172, 3) == 0 or call(173, 0x80, 1, 1) == 0)
