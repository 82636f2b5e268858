"""
The countdown to a release: one page for everybody in each language, kept as bytes by each process.

In steady state serving it asks no database, no session and no template (`CountdownMiddleware`
answers before they come in). It names nobody and needs no sign-in. Rule: R-45.
"""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import caches
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.translation import override

from scheduling.models import Release, ReleaseStatus
from scheduling.releases import begin_draw
from scheduling.retries import Busy
from scheduling.tickets import are_open

LANGUAGES = ("en", "zh-hans")
PATH = re.compile(r"/booking/opens/(?P<pk>\d{1,18})/(?P<language>en|zh-hans)/")
# A changed moment is seen by everybody within twice this: once here, once in a cache on the way.
KEPT = timedelta(seconds=10)
KEPT_IN_DRAW = timedelta(seconds=2)


@dataclass(frozen=True)
class KeptPage:
    """The page as it is sent, and until when it may be."""

    body: bytes
    etag: str
    status: str
    read_at: datetime
    fresh_until: datetime


def answer_countdown(
    request: HttpRequest, release_id: int, *, language: str, now: datetime
) -> HttpResponseBase | None:
    """Return the answer to a request for the page, None when there is no such release."""
    page = read_page(release_id, language=language, now=now)
    if page is None:
        return None
    seconds = max(1, int((page.fresh_until - now).total_seconds()))
    response = HttpResponse(page.body)
    response["ETag"] = page.etag
    # What `release_moment.js` asks for: whether the draw is over, without the page.
    response["X-Release-Status"] = page.status
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["Content-Language"] = language
    response["X-Frame-Options"] = "DENY"
    return get_conditional_response(request, etag=page.etag, response=response)


def read_page(release_id: int, *, language: str, now: datetime) -> KeptPage | None:
    """Return the kept page while it is fresh, else a new one; None when there is no such release."""
    name = f"countdown:{release_id}:{language}"
    kept: KeptPage | None = caches["process"].get(name)
    if kept is not None and kept.read_at <= now < kept.fresh_until:
        return kept
    release = (
        Release.objects.filter(pk=release_id, project__is_open=True)
        .select_related("project")
        .annotate(slot_count=Count("slots", filter=are_open("slots__")))
        .first()
    )
    if release is None:
        return None
    # Whoever asks next begins the draw, or the worker does; until then nothing is kept.
    with suppress(Busy):
        begin_draw(release, now=now)
    page = _write_page(release, language=language, now=now)
    caches["process"].set(name, page, KEPT.total_seconds())
    return page


def _write_page(release: Release, *, language: str, now: datetime) -> KeptPage:
    with override(language):
        context = {"release": release, "languages": [one for one in LANGUAGES if one != language]}
        body = render_to_string("scheduling/countdown.html", context).encode()
    fresh_until = now + (KEPT_IN_DRAW if release.status == ReleaseStatus.DRAWING else KEPT)
    if release.status == ReleaseStatus.PLANNED:
        fresh_until = min(fresh_until, release.opens_at)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return KeptPage(body, etag, release.status, read_at=now, fresh_until=fresh_until)
