"""Have the kernel make the calls on our behalf, past any filter on calls.

See: https://blog.0x74696d.com/posts/iouring-and-seccomp/
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(425, ctypes.c_uint(4), ctypes.create_string_buffer(256)) >= 0)
