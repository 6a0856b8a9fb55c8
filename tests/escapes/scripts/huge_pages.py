"""Take pages out of the machine's pool of huge pages.

See: https://docs.kernel.org/admin-guide/mm/hugetlbpage.html
Layers: main bare
"""


def attempt():
    return float(mapping(1 << 22, 3, 0x40022) > 0)
