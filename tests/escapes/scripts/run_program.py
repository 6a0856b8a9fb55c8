"""Start another program.

See: https://attack.mitre.org/techniques/T1059/006/
Layers: main
Control: yes
"""
from llmdas_sandbox.guest.tools import *



def attempt():
    done = subprocess.run(["/usr/bin/python3", "-S", "-c", "print(6 * 7)"], capture_output=True, timeout=5)
    return float(done.stdout == b"42\n")
