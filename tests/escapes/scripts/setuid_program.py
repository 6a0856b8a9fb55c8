"""Find a program that makes its caller root (CVE-2021-4034); it is not run.

See: https://nvd.nist.gov/vuln/detail/CVE-2021-4034
Layers: main bare
"""


def attempt():
    for name in ("su", "sudo", "pkexec", "passwd", "mount", "umount", "newuidmap", "chsh", "ping", "fusermount3"):
        for folder in ("/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"):
            try:
                if os.stat(folder + name).st_mode & 0o6000:
                    return 1.0
            except OSError:
                pass
    return 0.0
