"""Have the kernel load the code of socket families that nobody looks after (TIPC, CVE-2021-43267; Bluetooth, CAN, RDS).

See: https://nvd.nist.gov/vuln/detail/CVE-2021-43267
Layers: main
"""


def attempt():
    made = 0
    for family in (3, 4, 5, 6, 9, 11, 12, 19, 20, 21, 29, 30, 31, 33, 35, 36, 37, 39, 41, 42, 43, 44, 45):
        for kind in (1, 2, 3, 5):
            made += call(41, family, kind, 0) >= 0
    return float(made > 0)
