"""Change the rows in the file that other programs map as well, not in our copy of the page.

See: https://man7.org/linux/man-pages/man2/memfd_create.2.html
Layers: main bare
Takes: rows score
"""


def attempt(rows, score):
    address = rows.__array_interface__["data"][0]
    page = address & ~4095
    if address != page:
        return 0.0  # this level sends rows as bytes: there is no file
    must(call(10, page, 4096, 3))
    ctypes.memset(address, 0x41, 8)
    changed = rows[0, 0]
    call(28, page, 4096, 4)  # MADV_DONTNEED: our copy goes, the file's page comes back
    return float(rows[0, 0] == changed)
