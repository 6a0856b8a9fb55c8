"""Put a key into the kernel's key rings, which no namespace parts (CVE-2016-0728); it would end with the session.

See: https://nvd.nist.gov/vuln/detail/CVE-2016-0728
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(248, b"user", b"llmdas-test", b"x", 1, -1) >= 0)  # the thread's own ring
