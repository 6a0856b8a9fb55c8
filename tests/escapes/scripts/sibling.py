"""Make a process that is our parent's child, not ours, so that nobody waits for it; it would end after ten seconds.

See: https://man7.org/linux/man-pages/man2/clone.2.html
Layers: main bare
"""


def attempt():
    if call(56, 0x8000 | 17, 0, 0, 0, 0) == 0:
        call(436, 0, 1024, 0)
        time.sleep(10)
        os._exit(0)
    return 0.0
