"""Write machine code over the trampoline that libffi makes for a callback.

See: https://github.com/libffi/libffi/pull/624
Layers: main
"""


def attempt():
    callback = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)
    ctypes.memmove(ctypes.cast(callback, ctypes.c_void_p).value, CODE, len(CODE))
    return float(callback() == 42)
