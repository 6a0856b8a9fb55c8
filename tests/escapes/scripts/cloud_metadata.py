"""Connect to the address at which clouds give credentials; nothing is sent.

See: https://attack.mitre.org/techniques/T1552/005/
Layers: main bare
"""


def attempt():
    connection = new_socket(2, 0o4001)
    answer = call(42, connection, inet("169.254.169.254", 80), 16)
    return float(answer in (0, -errno.EINPROGRESS))
