"""Raise our own limits on memory, processes, files and core dumps (CVE-2015-1318 began with a core dump).

See: https://nvd.nist.gov/vuln/detail/CVE-2015-1318
Layers: main bare
Control: yes
"""


def attempt():
    for which in (9, 6, 7, 4, 1, 0):
        if call(302, 0, which, struct.pack("<2Q", (1 << 64) - 1, (1 << 64) - 1), None) == 0:
            return 1.0
        if call(160, which, struct.pack("<2Q", 1 << 30, 1 << 40)) == 0:
            return 1.0
    return 0.0
