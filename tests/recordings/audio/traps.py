"""A place where every look at another file and every connection is noticed, and the ways to measure a file there."""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from recordings import sandbox
from recordings.audio.confinement import ProcessLimits
from recordings.audio.report import Limits, measure
from recordings.sandbox import MeasureResult, measure_file, read_ending, run_child
from tests.recordings.audio.makers import make_file, talk

MAX_DURATION_S = 185
SECRET_SECONDS = 7.25
SECRET_NAME = "secret.m4a"
WALL_S = 60.0

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_EVENT = struct.Struct("iIII")

# A system that forbids namespaces, as the usual profile of containers does: unshare() is not permitted there.
_FORBID_NAMESPACES = """
import ctypes, os, platform, struct, sys
number = {"x86_64": 272, "aarch64": 97}[platform.machine()]
code = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
rows = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in code))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(rows)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass
class Trap:
    """A directory with a secret in it, and a listening socket; both remember who came."""

    directory: Path
    server: socket.socket
    watch: int | None
    secret_pcm_sha256: str
    opened: set[str] = field(default_factory=set)

    @property
    def secret(self) -> Path:
        return self.directory / SECRET_NAME

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def count_connections(self) -> int:
        """Return how many connected since the last time."""
        count = 0
        while True:
            try:
                self.server.accept()[0].close()
            except BlockingIOError:
                return count
            count += 1

    def read_opened(self) -> set[str]:
        """Return the names of all files here that anybody opened or read; nothing where the system cannot tell."""
        while self.watch is not None:
            try:
                events = os.read(self.watch, 65_536)
            except BlockingIOError:
                break
            at = 0
            while at < len(events):
                _watch, _mask, _cookie, length = _EVENT.unpack_from(events, at)
                at += _EVENT.size
                self.opened.add(events[at : at + length].rstrip(b"\0").decode())
                at += length
        return self.opened - {""}


@contextmanager
def set_trap(directory: Path) -> Iterator[Trap]:
    """Lay out the secret, listen, and watch from now on."""
    secret = make_file(directory, encoding="m4a", signal=talk(SECRET_SECONDS).mix(), name=SECRET_NAME)
    pcm_sha256 = measure(secret, limits=Limits(max_duration_s=MAX_DURATION_S)).pcm_sha256
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        server.setblocking(False)
        trap = Trap(directory=directory, server=server, watch=_watch(directory), secret_pcm_sha256=pcm_sha256)
        try:
            yield trap
        finally:
            if trap.watch is not None:
                os.close(trap.watch)


def _watch(directory: Path) -> int | None:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "inotify_init1"):
        return None
    descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert descriptor >= 0
    assert libc.inotify_add_watch(descriptor, os.fsencode(directory), _IN_OPEN | _IN_ACCESS) >= 0
    return descriptor


class Measured(NamedTuple):
    """A hostile file's name, and what became of it."""

    name: str
    result: MeasureResult


def measure_hostile(files, *, trap: Trap, mode: str | None = None) -> list[Measured]:
    """Measure each file beside the secret in a real child, two at a time; `mode` as `isolation` calls it."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: _measure(*each, trap=trap, mode=mode), enumerate(files)))


def _measure(number: int, hostile, *, trap: Trap, mode: str | None) -> Measured:
    path = trap.directory / f"hostile-{number}"
    output = trap.directory.parent / f"output-{trap.directory.name}-{number}"
    path.write_bytes(hostile.content)
    output.mkdir()
    if mode == "limits_only":
        command = sandbox._worker_command(str(path), str(output), limits=ProcessLimits())
        command = [sys.executable, "-I", "-S", "-c", _FORBID_NAMESPACES, *command]
        command += ["--max-duration-s", str(MAX_DURATION_S), "--preview"]
        result = read_ending(run_child(command, wall_s=WALL_S), output_directory=output)
    else:
        use_bubblewrap = None if mode is None else mode == "bubblewrap"
        result = measure_file(
            path,
            output_directory=output,
            max_duration_s=MAX_DURATION_S,
            wall_s=WALL_S,
            use_bubblewrap=use_bubblewrap,
        )
    path.unlink()
    for entry in output.iterdir():
        entry.unlink()
    output.rmdir()
    return Measured(hostile.name, result)
