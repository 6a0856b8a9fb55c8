"""Take a mount away that hides something; only mounts that no sandbox needs on the host.

See: https://man7.org/linux/man-pages/man2/umount.2.html
Layers: main bare
"""


def attempt():
    places = (b"/channel", b"/proc/kcore", b"/proc/keys", b"/proc/sysrq-trigger", b"/proc/acpi", b"/sys/firmware")
    return float(any(call(166, place, 2) == 0 for place in places))
