"""Read a file of the host by its path.

See: https://attack.mitre.org/techniques/T1005/
Layers: main bare
Control: yes
"""


def attempt():
    with open("@SECRET_FILE@") as file:
        return float(file.read() == "@SECRET@")
