"""Open a packet socket, which sees and makes frames of the network (CVE-2020-14386).

See: https://nvd.nist.gov/vuln/detail/CVE-2020-14386
Layers: main bare
Control: yes
"""


def attempt():
    return float(new_socket(17, 3, 0x0300) >= 0)
