"""Connect to a port of the host by IPv6, which rules for IPv4 leave open (CVE-2020-13401).

See: https://nvd.nist.gov/vuln/detail/CVE-2020-13401
Layers: main bare
Control: witness
"""


def attempt():
    loopback = struct.pack("=H", 10) + struct.pack(">HI16sI", @TCP6_PORT@, 0, bytes(15) + b"\x01", 0)
    connect(10, 1, loopback)
    return 1.0
