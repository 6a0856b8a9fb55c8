"""Start another program.

See: https://attack.mitre.org/techniques/T1059/006/
Layers: main
Control: yes
"""


def attempt():
    return float(child(lambda: os.execv("/usr/bin/python3", ["python3", "-S", "-c", "raise SystemExit(42)"])) == 42)
