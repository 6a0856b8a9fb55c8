"""Read another process's memory.

See: https://attack.mitre.org/techniques/T1003/007/
Layers: main bare
Control: yes
"""


def attempt():
    buffer = ctypes.create_string_buffer(64)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
    remote = (ctypes.c_void_p * 2)(@SECRET_ADDRESS@, 64)
    got = call(310, @PID@, local, ctypes.c_ulong(1), remote, ctypes.c_ulong(1), ctypes.c_ulong(0))
    return float(got > 0 and b"@SECRET@" in buffer.raw)
