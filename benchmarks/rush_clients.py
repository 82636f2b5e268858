"""Clients of a rush over HTTP, all in one process: each opens a slot's page, and at one moment all send its form."""

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

PATIENCE_S = 120
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
KEY = re.compile(rb'name="form_key" value="([^"]+)"')
COOKIE = re.compile(rb"(?im)^set-cookie: *csrftoken=([^;]+)")
LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")


@dataclass
class Tally:
    """The answers by status, and how long each took (ms)."""

    statuses: Counter[str] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)
    wall_s: float = 0.0


async def rush(
    port: int,
    clients: list[dict[str, Any]],
    *,
    opened: Callable[[], object] = lambda: None,
    answered: Callable[[Tally], object] = lambda _tally: None,
) -> Tally:
    """
    Let the clients come and return the answers to their forms.

    `opened` is called when every page is open, a moment before the forms are sent, `answered` after
    each answer. A client whose slot is taken tries its next wish; one that has a slot, or no wish
    left, goes.
    """
    tally = Tally()
    browsers = [Browser(port, **client) for client in clients]
    doors = asyncio.Semaphore(16)  # pages are opened a few at a time: this is not what is measured
    await asyncio.gather(*(browser.open_page(doors) for browser in browsers))
    await asyncio.gather(*(browser.reconnect(doors) for browser in browsers))
    opened()
    began = time.monotonic()
    await asyncio.gather(*(browser.press(tally, answered=answered) for browser in browsers))
    tally.wall_s = time.monotonic() - began
    return tally


class Browser:
    """One person with a session and an open connection."""

    def __init__(self, port: int, *, session: str, pair: int, slots: list[str]) -> None:
        self.port, self.pair, self.slots = port, pair, slots
        self.cookie = f"sessionid={session}; django_language=zh-hans"
        self.token, self.key = "", ""

    async def open_page(self, doors: asyncio.Semaphore) -> None:
        """Read the form of the first slot wanted that is free, as a person would; without any there is no wish left."""
        async with doors:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            while self.slots:
                status, head, body = await self._ask("GET", self.slots[0])
                if status != 200:
                    raise RuntimeError(f"{self.slots[0]} answers {status}")
                token, key, cookie = TOKEN.search(body), KEY.search(body), COOKIE.search(head)
                if token and key and cookie:
                    self.token, self.key = token[1].decode(), key[1].decode()
                    self.cookie += f"; csrftoken={cookie[1].decode()}"
                    return
                self.slots = self.slots[1:]

    async def reconnect(self, doors: asyncio.Semaphore) -> None:
        """Come over a new connection: the server closes one that was idle for half a minute, as it may."""
        async with doors:
            self.writer.close()
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def press(self, tally: Tally, *, answered: Callable[[Tally], object]) -> None:
        """Send the form; while the slot is taken, that of the next wish."""
        for slot in self.slots:
            form = {"csrfmiddlewaretoken": self.token, "form_key": self.key, "pair": self.pair}
            began = time.monotonic()
            try:
                status, _head, _body = await self._ask("POST", slot, urlencode(form).encode())
            except (OSError, asyncio.IncompleteReadError):  # the server is gone: who was asked does not know
                tally.statuses["cut"] += 1
                break
            tally.took_ms.append(1000 * (time.monotonic() - began))
            tally.statuses[str(status)] += 1
            answered(tally)
            if status == 302:
                break
            self.key = secrets.token_urlsafe(24)
        self.writer.close()

    async def _ask(self, method: str, page: str, body: bytes = b"") -> tuple[int, bytes, bytes]:
        """Return status, head and body of the answer."""
        head = f"{method} {page} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
        if method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + body)
        await self.writer.drain()
        async with asyncio.timeout(PATIENCE_S):
            answer = await self.reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(answer)
            content = await self.reader.readexactly(int(length[1]) if length else 0)
        return int(answer.split(b" ", 2)[1]), answer, content
