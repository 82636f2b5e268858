"""What holds before a request's body is read."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.body_limits import body_limit_of


class BodyLimitMiddleware:
    """
    Answer 413 for a body larger than its view takes, before anything reads it.

    It stands before Django's CSRF check, which parses the body and so would take
    in gigabytes from anybody. Without a length WSGI hands on no body at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if _length_of(request) <= body_limit_of(view, request=request):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            problems = [_("This is too large to send. Nothing was stored or changed: choose a smaller file.")]
            return JsonResponse({"problems": problems}, status=413)
        return render(request, "413.html", status=413)


def _length_of(request: HttpRequest) -> int:
    """Return the length of the body as Django will read it: nothing when the header is no number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
