"""Change the mode of a file that others see; it is set to what it is.

See: https://attack.mitre.org/techniques/T1548/001/
Layers: main bare
Control: yes
"""


def attempt():
    for path in ("/usr/bin/python3", "/channel", "/", "@SECRET_FILE@"):
        try:
            os.chmod(path, os.stat(path).st_mode & 0o7777)
            return 1.0
        except OSError:
            pass
    return 0.0
