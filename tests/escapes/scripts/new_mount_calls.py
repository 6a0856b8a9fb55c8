"""Make a file system by the newer calls, for a filter that knows mount only.

See: https://docs.kernel.org/filesystems/mount_api.html
Layers: main bare
Control: yes
"""


def attempt():
    return float(call(430, b"tmpfs", 0) >= 0)
