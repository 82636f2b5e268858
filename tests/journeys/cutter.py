"""A bad connection between a browser and the site: cuts after so many bytes, lets nothing through, or is slow."""

import contextlib
import socket
import threading
from collections.abc import Iterator

SLOW_BYTES = 64 * 1024
SLOW_S = 1.0


class Cutter:
    """
    Hands everything on to a port of this machine, until told otherwise.

    `cut_after` bytes from the browser every connection is torn and no new one answers, until `heal`.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.left: int | None = None
        self.is_slow = False
        self.is_over = threading.Event()
        self.open: set[socket.socket] = set()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])
        threading.Thread(target=self._welcome, daemon=True).start()

    def cut_after(self, count: int) -> None:
        self.left = count

    def heal(self) -> None:
        self.left = None

    @property
    def is_cut(self) -> bool:
        return self.left is not None and self.left <= 0

    def end(self) -> None:
        self.is_over.set()
        self.door.close()
        self._tear()

    def _welcome(self) -> None:
        while not self.is_over.is_set():
            try:
                near, _address = self.door.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.target_port))
            self.open |= {near, far}
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_from_browser: bool) -> None:
        with contextlib.suppress(OSError), source, target:
            while piece := source.recv(SLOW_BYTES if is_from_browser else 1 << 20):
                if is_from_browser and self.left is not None:
                    piece = piece[: self.left]
                    self.left -= len(piece)
                target.sendall(piece)
                if is_from_browser and self.is_slow and len(piece) > SLOW_BYTES // 8:
                    self.is_over.wait(SLOW_S)
                if is_from_browser and self.is_cut:
                    self._tear()
                    return
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)

    def _tear(self) -> None:
        for torn in list(self.open):
            with contextlib.suppress(OSError):
                torn.shutdown(socket.SHUT_RDWR)
        self.open.clear()


@contextlib.contextmanager
def bad_connection(target_port: int) -> Iterator[Cutter]:
    cutter = Cutter(target_port)
    try:
        yield cutter
    finally:
        cutter.end()
