"""What everybody may see of a release, signed in or not: the countdown, and the draw without names. Rule: R-45."""

import csv

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.access import open_without_second_factor
from scheduling.access import get_announced_release
from scheduling.countdown import LANGUAGES, answer_countdown
from scheduling.draw import lot_of
from scheduling.models import ReleaseStatus, TicketStatus
from scheduling.release_pages import tickets_in_order

COLUMNS = ["place", "ticket", "first choice", "lot", "wishes (slots)", "outcome", "slot"]


@open_without_second_factor
@require_safe
def countdown_door(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the countdown in the visitor's language: a short address to pass on."""
    response = redirect("scheduling:countdown", pk, "en" if request.LANGUAGE_CODE == "en" else "zh-hans")
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


@open_without_second_factor
@require_safe
def countdown(request: HttpRequest, pk: int, language: str) -> HttpResponseBase:
    """Show everybody how long it is until a release, without a session; usually its middleware answers."""
    is_ours = language in LANGUAGES
    response = is_ours and answer_countdown(request, pk, language=language, now=timezone.now())
    if not response:
        raise Http404
    return response


@open_without_second_factor
@require_safe
def draw_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out all tickets of a draw that is over, in their order and without names, to be worked out again."""
    release = get_announced_release(pk)
    if release.status != ReleaseStatus.OPEN:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="draw-{release.pk}.csv"'
    response["Cache-Control"] = "public, max-age=60"
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for ticket in tickets_in_order(release).exclude(status=TicketStatus.WITHDRAWN):
        writer.writerow(
            [
                ticket.place,
                ticket.number,
                int(ticket.is_first_choice),
                lot_of(ticket.number, seed=release.seed),
                " ".join(str(wish.slot_id) for wish in ticket.wishes.all()),
                ticket.status,
                ticket.booking.slot_id if ticket.booking else "",
            ]
        )
    return response
