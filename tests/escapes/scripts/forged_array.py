"""Write machine code over a function of the C library through an array whose data pointer is forged.

See: https://numpy.org/doc/stable/reference/arrays.interface.html
Layers: main bare
"""


def attempt():
    function = LIBC.argz_insert
    address = ctypes.cast(function, ctypes.c_void_p).value

    class Forged:
        __array_interface__ = {"shape": (len(CODE),), "typestr": "|u1", "data": (address, False), "version": 3}

    np.asarray(Forged())[:] = list(CODE)
    return float(function() == 42)
