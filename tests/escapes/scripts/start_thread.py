"""Start a thread, which could outlive the call that is timed.

See: https://man7.org/linux/man-pages/man2/clone.2.html
Layers: main
Control: yes
"""


def attempt():
    ran = []
    _thread.start_new_thread(ran.append, (1,))
    time.sleep(0.3)
    return float(ran == [1])
