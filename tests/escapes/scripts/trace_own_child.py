"""Fork a child and rewrite its system calls by ptrace, after the filter has looked at them.

See: https://lwn.net/Articles/656307/
Layers: main
Control: yes
"""


def attempt():
    pid = os.fork()
    if pid == 0:
        time.sleep(5)
        os._exit(0)
    seized = call(101, 0x4206, pid, 0, 0)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return float(seized == 0)
