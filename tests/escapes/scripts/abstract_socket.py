"""Talk to an abstract Unix socket, which no file permission guards (CVE-2020-15257).

See: https://github.com/containerd/containerd/security/advisories/GHSA-36xw-fx78-c5r4
Layers: main bare
Control: witness
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(2)
    connection.connect("\0@ABSTRACT@")
    connection.sendall(b"@SECRET@")
    return 1.0
