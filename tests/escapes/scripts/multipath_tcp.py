"""Connect by multipath TCP, for rules that know plain TCP only.

See: https://docs.kernel.org/networking/mptcp-sysctl.html
Layers: main bare
"""


def attempt():
    place = inet("@ADDRESS@", @TCP_PORT@)
    return float(call(42, new_socket(2, 1, 262), place, 16) == 0)
