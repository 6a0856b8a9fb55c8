"""Open a performance counter, a way to the kernel (CVE-2013-2094) and to what others do.

See: https://nvd.nist.gov/vuln/detail/CVE-2013-2094
Layers: main bare
"""


def attempt():
    return float(call(298, ctypes.create_string_buffer(struct.pack("<II", 1, 128), 128), 0, -1, -1, 0) >= 0)
