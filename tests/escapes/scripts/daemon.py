"""Leave a process behind by a double fork in a session of its own; it would end by itself after ten seconds.

See: https://man7.org/linux/man-pages/man3/daemon.3.html
Layers: main bare
"""


def attempt():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (1, 15):
                signal.signal(number, signal.SIG_IGN)
            os.closerange(0, 1024)
            time.sleep(10)
        os._exit(0)
    return 0.0
