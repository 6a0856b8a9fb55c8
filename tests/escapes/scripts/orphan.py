"""Leave a process behind that holds no descriptor of ours; it would end by itself after ten seconds.

See: https://man7.org/linux/man-pages/man2/prctl.2.html
Layers: main bare
"""


def attempt():
    if os.fork() == 0:
        os.closerange(0, 1024)
        time.sleep(10)
        os._exit(0)
    return 0.0
