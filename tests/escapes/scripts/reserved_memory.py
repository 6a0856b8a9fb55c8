"""Map more memory than is allowed at once, without touching it.

See: https://docs.kernel.org/mm/overcommit-accounting.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(mapping(1 << 31, 3, 0x4022) > 0)  # MAP_NORESERVE
