"""Keep 16 MB from ever being paged out.

See: https://man7.org/linux/man-pages/man2/mlock.2.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(mapping(1 << 24, 3, 0x2022) > 0)  # MAP_LOCKED
