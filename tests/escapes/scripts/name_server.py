"""Ask the name server of Docker's networks, by which data leaves in the names asked for.

See: https://attack.mitre.org/techniques/T1071/004/
Layers: main bare
"""


def attempt():
    question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + b"\x06llmdas\x07invalid\x00" + struct.pack(">2H", 1, 1)
    asked = connect(2, 2, inet("127.0.0.11", 53))
    os.write(asked, question)
    os.set_blocking(asked, False)
    time.sleep(0.3)
    return float(len(os.read(asked, 512)) > 12)
