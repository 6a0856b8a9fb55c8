"""Map the file of the rows a second time from their address alone, which works for shared mappings, and write to it.

See: https://man7.org/linux/man-pages/man2/mremap.2.html
Layers: main bare
Takes: rows score
"""


def attempt(rows, score):
    address = rows.__array_interface__["data"][0]
    if address % 4096:
        return 0.0
    second = must(call(25, address, 0, 4096, 1))
    call(10, second, 4096, 3)
    ctypes.memset(second, 0x41, 8)
    return float(rows[0, 0] != 0.0)
