"""Write into another process's memory; what is written is what stands there.

See: https://man7.org/linux/man-pages/man2/process_vm_readv.2.html
Layers: main bare
Control: yes
"""


def attempt():
    buffer = ctypes.create_string_buffer(b"@SECRET@")
    local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 4)
    remote = (ctypes.c_void_p * 2)(@SECRET_ADDRESS@, 4)
    return float(call(311, @PID@, local, 1, remote, 1, 0) == 4)
