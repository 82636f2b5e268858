"""Resumable uploads, as tus 1.0 writes them. The headers are read in `recordings/tus.py`."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _

from accounts.access import PersonRequest, Role, role_required
from accounts.body_limits import takes_files
from recordings import tus
from recordings.access import get_upload_for
from recordings.appending import (
    ResumeRefused,
    append_checked,
    append_stream,
    check_writable,
    find_offset,
    gone_refusal,
    length_refusal,
)
from recordings.models import Upload
from recordings.resumable import create_upload, end_upload
from recordings.tries import SampleRefused
from scheduling.models import Project

PIECE_BYTES = 64 * 1024
# The only thing that is kept of the metadata: which project the sample is for.
KEPT_METADATA = "project"
STATUS_OF_REFUSAL = {
    "consent": 403,
    "offset": 409,
    "gone": 410,
    "too_long": 413,
    "too_large": 413,
    "too_many": 429,
    "checksum": 460,
    "full": 507,
    "storage": 507,
}
REASON_OF_STATUS = {460: "Checksum Mismatch"}


def speaks_tus(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """
    Mark a view for `TusMiddleware`, and answer its refusals with the protocol's status and the words.

    A program cannot sign in on a page: whoever is signed out gets 403, no redirect.
    """

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return _capabilities()
        if not request.user.is_authenticated:
            return _say(_("Sign in again, then it goes on."), status=403)
        try:
            return view(request, *args, **kwargs)
        except tus.BadHeader as refusal:
            return _say(str(refusal), status=400)
        except SampleRefused as refusal:
            return _say(refusal.messages[0], status=STATUS_OF_REFUSAL.get(refusal.code or "", 403))
        except ResumeRefused as refusal:
            return _say(refusal.messages[0], status=STATUS_OF_REFUSAL[refusal.code or ""])

    spoken.speaks_tus = True  # type: ignore[attr-defined]
    return spoken


def _say(words: str, *, status: int) -> HttpResponse:
    return HttpResponse(
        words, status=status, reason=REASON_OF_STATUS.get(status), content_type="text/plain; charset=utf-8"
    )


def _capabilities() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Tus-Version": tus.VERSION,
            "Tus-Extension": ",".join(tus.EXTENSIONS),
            "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
            "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        },
    )


@speaks_tus
@takes_files("MAX_UPLOAD_BYTES")
@role_required(Role.PARTICIPANT)
def upload_new(request: PersonRequest) -> HttpResponse:
    """Begin an upload, with its first bytes when they come along; say what the server can do."""
    if request.method != "POST":
        return _not_allowed("OPTIONS, POST")
    headers = request.headers
    if "Upload-Defer-Length" in headers or "Upload-Concat" in headers:
        raise tus.BadHeader("The length must be known, and the upload whole.")
    length = tus.read_number(headers.get("Upload-Length"), name="Upload-Length")
    metadata = tus.read_metadata(headers.get("Upload-Metadata"))
    checksum = tus.read_checksum(headers.get("Upload-Checksum"))
    has_bytes = _body_length(request) != 0
    if has_bytes and not _is_offset_stream(request):
        return _wrong_type()
    if (_body_length(request) or 0) > length:
        raise length_refusal()
    now = timezone.now()
    upload = create_upload(
        request.user,
        project=_project_of(metadata),
        length_bytes=length,
        metadata=f"{KEPT_METADATA} {metadata[KEPT_METADATA]}" if KEPT_METADATA in metadata else "",
        now=now,
    )
    offset = 0
    if has_bytes:
        try:
            offset = _append(request, upload, offset=0, checksum=checksum)
        except ResumeRefused:
            end_upload(upload)
            raise
    return _answer(upload, status=201, offset=offset, location=True)


@speaks_tus
@takes_files("MAX_UPLOAD_BYTES")
@role_required(Role.PARTICIPANT)
def upload_detail(request: PersonRequest, key: str) -> HttpResponse:
    """Say where an upload stands, take its next bytes, or end it."""
    answers = {"HEAD": _upload_stands, "PATCH": _upload_goes_on, "DELETE": _upload_ends}
    answer = answers.get(request.method or "")
    if answer is None:
        return _not_allowed("DELETE, HEAD, OPTIONS, PATCH")
    try:
        upload = get_upload_for(request.user, key)
    except Http404:
        return _say(_("There is no such upload."), status=404)
    return answer(request, upload)


def _upload_stands(request: PersonRequest, upload: Upload) -> HttpResponse:
    _check_alive(upload)
    response = _answer(upload, status=200, offset=find_offset(upload))
    response["Upload-Length"] = str(upload.length_bytes)
    if upload.metadata:
        response["Upload-Metadata"] = upload.metadata
    return response


def _upload_goes_on(request: PersonRequest, upload: Upload) -> HttpResponse:
    if not _is_offset_stream(request):
        return _wrong_type()
    offset = tus.read_number(request.headers.get("Upload-Offset"), name="Upload-Offset")
    checksum = tus.read_checksum(request.headers.get("Upload-Checksum"))
    _check_alive(upload)
    check_writable(upload, offset=offset, size=_body_length(request) or 0)
    if _body_length(request) != 0:
        offset = _append(request, upload, offset=offset, checksum=checksum)
    return _answer(upload, status=204, offset=offset)


def _upload_ends(request: PersonRequest, upload: Upload) -> HttpResponse:
    end_upload(upload)
    return HttpResponse(status=204)


def _check_alive(upload: Upload) -> None:
    """Raise ResumeRefused(code="gone") for an upload whose time is over and that waits for the broom."""
    if upload.expires_at <= timezone.now():
        raise gone_refusal()


def _append(request: PersonRequest, upload: Upload, *, offset: int, checksum: tus.Checksum | None) -> int:
    """Write the body of the request to the upload and return its new offset."""
    now = timezone.now()
    if checksum is None:
        return append_stream(upload, _pieces(request), offset=offset, now=now)
    return append_checked(upload, _pieces(request), offset=offset, checksum=checksum, now=now)


def _pieces(request: PersonRequest) -> Iterator[bytes]:
    """Yield the body in small pieces, as far as it comes: a connection that breaks ends it early."""
    # Django reads nothing without a length; a chunked body stands in the server's own stream.
    stream = request if _body_length(request) is not None else request.environ["wsgi.input"]  # type: ignore[attr-defined]
    while True:
        try:
            piece = stream.read(PIECE_BYTES)
        except (UnreadablePostError, OSError):
            return
        if not piece:
            return
        yield piece


def _body_length(request: HttpRequest) -> int | None:
    """Return how long the body says it is, None when it comes in chunks without saying."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return None
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def _is_offset_stream(request: HttpRequest) -> bool:
    return request.content_type == tus.CONTENT_TYPE


def _wrong_type() -> HttpResponse:
    return _say(f"Content-Type must be {tus.CONTENT_TYPE}.", status=415)


def _not_allowed(methods: str) -> HttpResponse:
    return HttpResponse(status=405, headers={"Allow": methods})


def _answer(upload: Upload, *, status: int, offset: int, location: bool = False) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Upload-Offset"] = str(offset)
    response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    if location:
        response["Location"] = upload.get_absolute_url()
    return response


def _project_of(metadata: dict[str, str]) -> Project:
    """Return the project that the metadata names, else the oldest open one. Raise Http404 when there is none."""
    projects = Project.objects.order_by("-is_open", "created_at", "pk")
    if encoded := metadata.get(KEPT_METADATA):
        slug = tus.decode_base64(encoded, name="Upload-Metadata").decode("ascii", errors="replace")
        projects = projects.filter(slug=slug.replace("\0", ""))
    return get_object_or_404(projects[:1])
