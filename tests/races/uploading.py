"""A site that takes uploads, clients that speak over sockets, and a disk that is too small."""

import contextlib
import http.client
import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.journeys.site import REPOSITORY, Site, wait_until
from tests.recordings.tus_protocol import OCTETS, VERSION, Answer, Speaker

MB = 1024 * 1024


@dataclass
class UploadSite(Site):
    """The web server alone, with its own process group: it can be killed like a machine that lost power."""

    settings: dict[str, str] = field(default_factory=dict)
    largest_file: int = 0
    application: str = "config.wsgi:application"

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | self.settings

    def serve(self) -> None:
        """Start the web server and wait for its first page; one that does not come up is ended, not left behind."""
        assert self.server is None or self.server.poll() is not None, "it is served already: end it first"
        command = [sys.executable, "-m", "granian", self.application, "--interface", "wsgi", "--no-ws"]
        command += ["--port", str(self.port), "--workers", "2", "--blocking-threads", "4"]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [*command, "--log-level", "warning"],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            if self.largest_file:  # its workers, which it has not started yet, get the limit too
                hard = resource.RLIM_INFINITY
                resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (self.largest_file, hard))
            wait_until(self._answers, what=f"the first page; the server said:\n{self.log_tail()}")
        except BaseException:
            self.kill()
            raise

    def _answers(self) -> bool:
        try:
            return super()._answers()
        except ConnectionError:  # what was killed takes its sockets along a moment later
            return False

    def kill(self) -> None:
        """End every process of the server at once, without a word."""
        self.dismiss_stagehand()
        if self.server is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(30)
            self.server = None

    def original(self, location: str) -> bytes:
        """Return the bytes of the sample whose page is at `location`."""
        key = location.strip("/").split("/")[-1]
        return (self.data_dir / "media" / "samples" / key[:2] / key / "original").read_bytes()

    def parts(self) -> list[Path]:
        return sorted((self.data_dir / "uploads").glob("*.part"))


@dataclass
class SocketSpeaker(Speaker):
    """Somebody signed in, who speaks HTTP over connections of their own."""

    site: UploadSite = None  # type: ignore[assignment]
    session: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def signed(self) -> dict[str, str]:
        return {
            "Cookie": f"sessionid={self.session}; csrftoken={self.token}; django_language=en",
            "X-CSRFToken": self.token,
        }

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        try:
            connection.request(method, path, body or None, self.signed | (headers or {}))
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            connection.close()

    def offset_of(self, url: str) -> int:
        answer = self.head(url)
        assert answer.status == 200, answer
        return answer.offset

    @contextlib.contextmanager
    def patching(self, url: str, *, offset: int, length: int | None) -> Iterator[socket.socket]:
        """Open a connection on which a PATCH has begun: its head is sent, its body is the caller's."""
        size = {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
        headers = self.signed | VERSION | size | {"Content-Type": OCTETS, "Upload-Offset": str(offset)}
        head = f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1:{self.site.port}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        with socket.create_connection(("127.0.0.1", self.site.port), timeout=30) as connection:
            connection.sendall(f"{head}\r\n".encode())
            yield connection

    def send_and_cut(self, url: str, body: bytes, *, offset: int, after: int) -> None:
        """Promise the whole body, send `after` bytes of it, and close the connection."""
        with self.patching(url, offset=offset, length=len(body)) as connection:
            connection.sendall(body[:after])

    def send_rest(self, url: str, data: bytes, *, piece: int = MB) -> list[int]:
        """Do what every client does: ask where, send a piece from there, until all is sent. Return the statuses."""
        statuses = []
        while (offset := self.offset_of(url)) < len(data):
            answer = self.patch(url, data[offset : offset + piece], offset=offset)
            statuses.append(answer.status)
            assert answer.status in {204, 409}, answer
        return statuses

    def submit(self, url: str) -> Answer:
        """Send the form that says which upload the sample is."""
        form = {"upload": url.strip("/").split("/")[-1], "form_key": secrets.token_hex(16)}
        content = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": self.token}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", "/recording/sample/", headers, content)


def may_mount(folder: Path) -> bool:
    """Return whether this user may mount a file system there, after trying."""
    folder.mkdir(parents=True, exist_ok=True)
    if mount(folder, size="1m") != 0:
        return False
    unmount(folder)
    return True


def mount(folder: Path, *, size: str, again: bool = False) -> int:
    """Mount a small file system of memory, or change the size of the one there is; return the exit status."""
    options = f"remount,size={size}" if again else f"size={size}"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], capture_output=True, check=True)
