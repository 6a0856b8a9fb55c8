"""Talk to an abstract Unix socket, which no file permission guards (CVE-2020-15257).

See: https://github.com/containerd/containerd/security/advisories/GHSA-36xw-fx78-c5r4
Layers: main bare
Control: witness
"""


def attempt():
    os.write(connect(1, 1, unix("\0@ABSTRACT@")), b"@SECRET@")
    return 1.0
