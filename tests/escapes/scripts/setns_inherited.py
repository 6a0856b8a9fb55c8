"""Enter a namespace by a descriptor that a runtime forgot to close (CVE-2016-9962).

See: https://nvd.nist.gov/vuln/detail/CVE-2016-9962
Layers: main bare
"""


def attempt():
    return float(any(call(308, descriptor, 0) == 0 for descriptor in range(64)))
