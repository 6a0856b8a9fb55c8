"""Change the guest's own code in memory, so that it sends a second result and never ends.

See: https://cwe.mitre.org/data/definitions/913.html
Layers: main bare
"""


def attempt():
    guest, frames = sys.modules["llmdas_sandbox.guest.main"], sys.modules["llmdas_sandbox.frames"]
    send = frames.Channel.send

    def twice(self, *words, **more):
        send(self, *words, **more)
        send(self, *words, **more)

    frames.Channel.send = twice
    guest._usage = lambda *_: {"cpu_s": float("nan"), "peak_bytes": -(10**400), "printed": "x"}
    guest.os = type("os", (), {"_exit": staticmethod(lambda code: time.sleep(100))})
    return 0.0
