"""Talk to a Unix socket of the host, as an engine's would be.

See: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
Layers: main bare
Control: witness
"""


def attempt():
    os.write(connect(1, 1, unix("@UNIX_SOCKET@")), b"@SECRET@")
    return 1.0
