"""Fill memory that no limit on address space counts, at most 64 MB.

See: https://man7.org/linux/man-pages/man2/memfd_create.2.html
Layers: main bare
Control: yes
"""


def attempt():
    descriptor = os.memfd_create("x")
    return float(sum(os.write(descriptor, bytes(1 << 20)) for _ in range(64)) > 1 << 20)
