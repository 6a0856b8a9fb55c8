"""Start more threads than there may be processes.

See: https://man7.org/linux/man-pages/man7/pthreads.7.html
Layers: main bare
Control: yes
"""


def attempt():
    ran = []
    for _ in range(24):
        try:
            _thread.start_new_thread(lambda: (ran.append(1), time.sleep(0.4)), ())
        except RuntimeError:
            break
    time.sleep(0.3)
    return float(len(ran) >= 8)
