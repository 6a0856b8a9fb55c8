"""Open a TCP connection by sendto with MSG_FASTOPEN, for a filter that knows connect only.

See: https://lwn.net/Articles/508865/
Layers: main bare
Control: witness
"""


def attempt():
    place = inet("@ADDRESS@", @TCP_PORT@)
    return float(call(44, new_socket(2, 1), b"@SECRET@", 24, 0x20000000, place, 16) == 24)
