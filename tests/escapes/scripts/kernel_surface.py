"""Reach bpf, perf, userfaultfd or the key rings.

See: https://docs.docker.com/engine/security/seccomp/
Layers: main bare
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    reached = [
        call(321, 0, ctypes.create_string_buffer(struct.pack("<4I", 2, 4, 4, 1), 128), 128) >= 0,
        call(298, ctypes.create_string_buffer(struct.pack("<II", 1, 128), 128), 0, -1, -1, 0) >= 0,
        call(323, 0) >= 0,
        call(248, b"user", b"llmdas-test", b"x", ctypes.c_ulong(1), ctypes.c_int(-1)) >= 0,
    ]
    return float(any(reached))
