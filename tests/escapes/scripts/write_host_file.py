"""Leave a file in a folder of the host that anybody may write to.

See: https://attack.mitre.org/techniques/T1565/001/
Layers: main bare
Control: yes
"""


def attempt():
    with open("@OPEN_FOLDER@/left", "w") as file:
        file.write("x")
    return 1.0
