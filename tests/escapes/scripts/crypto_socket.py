"""Reach the kernel's cipher code by a socket, which loads modules by name (CVE-2013-7421).

See: https://nvd.nist.gov/vuln/detail/CVE-2013-7421
Layers: main
"""


def attempt():
    return float(call(49, new_socket(38, 5), struct.pack("<H14sII64s", 38, b"hash", 0, 0, b"sha256"), 88) == 0)
