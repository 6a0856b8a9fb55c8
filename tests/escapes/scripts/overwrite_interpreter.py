"""Open the running interpreter for writing (CVE-2019-5736); nothing is written.

See: https://www.openwall.com/lists/oss-security/2019/02/11/2
Layers: main bare
"""


def attempt():
    for path in ("/usr/bin/python3", "/proc/self/exe", "/proc/1/exe", "/lib/libc.so.6"):
        try:
            os.close(os.open(path, os.O_WRONLY))
            return 1.0
        except OSError:
            pass
    return 0.0
