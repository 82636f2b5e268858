"""
Files sent in parts, as players ask for them (RFC 9110, section 14).

Safari plays nothing without an answer 206, and Django's FileResponse has none.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# One read of a stored file: from an object store each is a request of its own, and nothing behind the part is fetched.
BLOCK_BYTES = 256 * 1024
# 18 digits are more bytes than any file has; Python refuses to read numbers of thousands.
_SINGLE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


@dataclass(frozen=True)
class Part:
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class FilePart:
    """A file that begins and ends with a part of another: what FileResponse reads and closes."""

    def __init__(self, file: File, part: Part) -> None:
        self._file = file
        self._left = part.length
        file.seek(part.first)

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data: bytes = self._file.read(wanted) if wanted else b""
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


def find_part(header: str, *, size: int) -> Part | None:
    """
    Return the part that a Range header asks for, or None for the whole file.

    What is malformed, in another unit or of several ranges is answered with the
    whole file, as the standard allows. Raise Unsatisfiable for a part behind the end.
    """
    match = _SINGLE_RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return Part(max(0, size - int(last)), size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return Part(int(first), min(int(last), size - 1) if last else size - 1)


def send_file(request: HttpRequest, file: File, *, content_type: str, tag: str) -> HttpResponseBase:
    """
    Answer with the file or the part that is asked for: 200, 206 or 416. The file is closed with the answer.

    A HEAD request gets the headers of the whole file, as the standard wants, and nothing is read.
    `tag` names these bytes: a part is sent for an If-Range only when it agrees. Nothing on the way
    keeps a copy, since each request is checked anew.
    """
    etag = f'"{tag}"'
    if request.method == "HEAD":
        headers = {"Content-Length": str(file.size)}
        file.close()
        return _seal(HttpResponse(content_type=content_type, headers=headers), etag=etag)
    header = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        header = ""
    try:
        part = find_part(header, size=file.size)
    except Unsatisfiable:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
        file.close()
        return _seal(response, etag=etag)
    return _seal(_send(file, part, content_type=content_type), etag=etag)


def _send(file: File, part: Part | None, *, content_type: str) -> FileResponse:
    whole = Part(0, file.size - 1)
    stream: Any = FilePart(file, part or whole)
    response = FileResponse(stream, content_type=content_type, status=206 if part else 200)
    response.block_size = BLOCK_BYTES
    response["Content-Length"] = str((part or whole).length)
    if part:
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    return response


def _seal(response: HttpResponseBase, *, etag: str) -> HttpResponseBase:
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    response["ETag"] = etag
    response["Content-Disposition"] = "inline"
    return response
