"""What an escape would touch: files, ports, sockets and a process that these tests made for it, and nothing else."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.sandbox.backends import public_folder

BAIT = "AWS_SECRET_ACCESS_KEY"  # names no provider of ours; here it holds the bait
VICTIM = """
import ctypes, os, sys
buffer = ctypes.create_string_buffer(os.environ["LLMDAS_VICTIM"].encode(), 64)
print(ctypes.addressof(buffer), flush=True)
sys.stdin.read()
"""


class World:
    """One run's bait and what became of it."""

    def __init__(self) -> None:
        self.secret = secrets.token_hex(12)
        self.folder = public_folder()
        self.open_folder = self.folder / "open"
        self.open_folder.mkdir()
        self.open_folder.chmod(0o777)
        self.file = self.folder / "secret"
        self.file.write_text(self.secret)
        self.shared = Path("/dev/shm") / f"llmdas-test-{secrets.token_hex(6)}"
        self.shared.write_text(self.secret)
        os.environ[BAIT] = self.secret
        self._listen()
        self.victim = subprocess.Popen(
            [sys.executable, "-c", VICTIM],
            env={"LLMDAS_VICTIM": self.secret},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.secret_address = int(self.victim.stdout.readline())

    def _listen(self) -> None:
        self.tcp, self.udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.tcp6 = socket.socket(socket.AF_INET6)
        self.unix, self.abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self.abstract_name = f"llmdas-test-{secrets.token_hex(6)}"
        for place, bound in (
            (("0.0.0.0", 0), self.tcp),
            (("0.0.0.0", 0), self.udp),
            (("::1", 0), self.tcp6),
            (str(self.folder / "engine.sock"), self.unix),
            (f"\0{self.abstract_name}", self.abstract),
        ):
            bound.bind(place)
            bound.setblocking(False)
            if bound is not self.udp:
                bound.listen()
        (self.folder / "engine.sock").chmod(0o777)

    def fill(self, source: bytes) -> bytes:
        """Put the places of this world into a script."""
        values = {
            "SECRET_FILE": self.file, "SECRET_ADDRESS": self.secret_address, "SECRET": self.secret,
            "OPEN_FOLDER": self.open_folder, "PID": self.victim.pid, "SHM": self.shared.name, "ADDRESS": address(),
            "TCP_PORT": self.tcp.getsockname()[1], "UDP_PORT": self.udp.getsockname()[1],
            "TCP6_PORT": self.tcp6.getsockname()[1],
            "UNIX_SOCKET": self.folder / "engine.sock", "ABSTRACT": self.abstract_name,
        }  # fmt: skip
        for name, value in values.items():
            source = source.replace(f"@{name}@".encode(), str(value).encode())
        return source

    def damage(self) -> list[str]:
        """What really happened to the bait."""
        found = [f"{path.name} was left on the host" for path in self.open_folder.iterdir()]
        if self.file.read_text() != self.secret:
            found.append("the secret file was changed")
        if self.victim.poll() is not None:
            found.append("the process was killed")
        for name in ("tcp", "tcp6", "unix", "abstract"):
            with contextlib.suppress(BlockingIOError):
                getattr(self, name).accept()[0].close()
                found.append(f"a connection came in by {name}")
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(100)
            found.append("a datagram came in")
        return found

    def close(self) -> None:
        os.environ.pop(BAIT, None)
        self.victim.stdin.close()
        self.victim.wait(10)
        self.victim.stdout.close()
        for bound in (self.tcp, self.tcp6, self.udp, self.unix, self.abstract):
            bound.close()
        self.shared.unlink()
        shutil.rmtree(self.folder)


def address() -> str:
    """The host's own address, found without sending a packet; loopback where it has no other."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
