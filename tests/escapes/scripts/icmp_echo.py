"""Send an ICMP echo to the host by a raw socket, else by the socket that ping may use.

See: https://attack.mitre.org/techniques/T1095/
Layers: main bare
Control: yes
"""


def attempt():
    place = inet("@ADDRESS@", 0)
    for kind in (3, 2):
        try:
            if call(44, new_socket(2, kind, 1), b"\x08\x00\xf7\xff\x00\x00\x00\x00", 8, 0, place, 16) == 8:
                return 1.0
        except OSError:
            pass
    return 0.0
