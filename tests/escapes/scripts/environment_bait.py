"""Find the host's secrets in our own environment.

See: https://attack.mitre.org/techniques/T1552/
Layers: main bare
Control: yes
"""


def attempt():
    pointers = ctypes.POINTER(ctypes.c_char_p).in_dll(LIBC, "environ")
    words = []
    while pointers[len(words)]:
        words.append(pointers[len(words)])
    return float(any(word.endswith(b"@SECRET@") for word in words) or "@SECRET@" in os.environ.values())
