"""Make a map of the kernel's bytecode machine, where most local kernel exploits begin (CVE-2020-8835).

See: https://nvd.nist.gov/vuln/detail/CVE-2020-8835
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(321, 0, ctypes.create_string_buffer(struct.pack("<4I", 2, 4, 4, 1), 128), 128) >= 0)
