"""Open devices that lead into the kernel or to a disk; nothing is read.

See: https://docs.kernel.org/admin-guide/devices.html
Layers: main bare
"""


def attempt():
    names = ("loop-control", "loop0", "sda", "vda", "nvme0n1", "kvm", "fuse", "net/tun", "vhost-vsock", "userfaultfd")
    for name in (*names, "kmsg", "uinput", "mapper/control", "snapshot", "dri/renderD128", "nvidiactl", "console"):
        try:
            os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK))
            return 1.0
        except OSError:
            pass
    return 0.0
