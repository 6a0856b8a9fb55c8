"""Have the kernel merge equal pages, which tells by its delay what others have in memory (CVE-2015-2877).

See: https://nvd.nist.gov/vuln/detail/CVE-2015-2877
Layers: main
"""


def attempt():
    address = mapping(1 << 16, 3, 0x22)
    return float(call(28, address, 1 << 16, 12) == 0)
