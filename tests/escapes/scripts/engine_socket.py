"""Talk to a Unix socket of the host, as an engine's would be.

See: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
Layers: main bare
Control: witness
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(2)
    connection.connect("@UNIX_SOCKET@")
    connection.sendall(b"@SECRET@")
    return 1.0
