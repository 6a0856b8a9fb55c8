"""Read the memory of the process that forked us, where everything lies at our own addresses.

See: https://lwn.net/Articles/405346/
Layers: main bare
"""


def attempt():
    here = ctypes.create_string_buffer(64)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(here), 64)
    for address in (id(os), id(sys.modules), id(HEADER)):
        remote = (ctypes.c_void_p * 2)(address, 64)
        if os.getppid() and call(310, os.getppid(), local, 1, remote, 1, 0) == 64:
            return 1.0
    return 0.0
