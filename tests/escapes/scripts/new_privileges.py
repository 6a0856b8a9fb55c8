"""Take the bit back that keeps a program from gaining privileges.

See: https://docs.kernel.org/userspace-api/no_new_privs.html
Layers: main bare
Control: yes
"""


def attempt():
    call(157, 38, 0, 0, 0, 0)
    return float(call(157, 39, 0, 0, 0, 0) == 0)
