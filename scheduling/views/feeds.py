"""A member of staff follows their shifts in a calendar of their own: the page, and what calendars read."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, open_without_second_factor, role_required
from scheduling import calendars, feeds


@role_required(*feeds.FEED_ROLES)
@require_safe
def feed_page(request: PersonRequest) -> HttpResponse:
    """Show a member of staff the private address of their shifts, to make, renew or revoke it."""
    token = feeds.token_of(request.user)
    address = settings.SITE_URL.rstrip("/") + reverse("scheduling:feed", args=[token]) if token else ""
    page = {"address": address, "webcal": webcal_of(address)}
    response = render(request, "scheduling/feed.html", page)
    response["Cache-Control"] = "no-store"
    return response


def webcal_of(address: str) -> str:
    """Return the address as calendars subscribe to it: `webcals:` for what is to be fetched by TLS."""
    scheme, separator, rest = address.partition(":")
    return f"webcal{'s' if scheme == 'https' else ''}{separator}{rest}" if address else ""


@role_required(*feeds.FEED_ROLES)
@require_POST
def feed_renew(request: PersonRequest) -> HttpResponse:
    """Make the private address, or a new one in place of the old."""
    feeds.renew_feed(request.user, now=timezone.now())
    messages.success(request, _("The address is made. Give it to your own calendar alone."))
    return redirect("scheduling:feed_page")


@role_required(*feeds.FEED_ROLES)
@require_POST
def feed_revoke(request: PersonRequest) -> HttpResponse:
    """Let the private address answer no more."""
    feeds.revoke_feed(request.user, now=timezone.now())
    messages.success(request, _("The address answers no more."))
    return redirect("scheduling:feed_page")


@open_without_second_factor
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Send the shifts of whoever the secret belongs to, or nothing new when the calendar has them (ETag)."""
    reader = feeds.find_reader(token)
    if reader is None:
        raise Http404
    content = calendars.shifts_file(reader, now=timezone.now())
    etag = quote_etag(hashlib.sha256(content).hexdigest())
    headers = {
        "ETag": etag,
        "Cache-Control": "private, max-age=300",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "Content-Disposition": 'inline; filename="shifts.ics"',
    }
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response
