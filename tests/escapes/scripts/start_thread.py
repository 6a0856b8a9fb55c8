"""Start a thread, which could outlive the call that is timed.

See: https://man7.org/linux/man-pages/man2/clone.2.html
Layers: main
Control: yes
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    ran = []
    thread = threading.Thread(target=lambda: ran.append(1))
    thread.start()
    thread.join(5)
    return float(ran == [1])
