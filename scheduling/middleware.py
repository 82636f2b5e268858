"""What comes before the pages: the countdown of a release, and the answer when the database is too busy."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from scheduling.countdown import PATH, answer_countdown
from scheduling.retries import RETRY_AFTER_S, Busy, is_lock_timeout, is_passing


class CountdownMiddleware:
    """Answer the countdown of a release before sessions, languages and people are asked for. Rule: R-45."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = PATH.fullmatch(request.path_info) if request.method in ("GET", "HEAD") else None
        if found is None:
            return self.get_response(request)
        release_id, language = int(found["pk"]), found["language"]
        response = answer_countdown(request, release_id, language=language, now=timezone.now())
        return response or self.get_response(request)


class BusyMiddleware:
    """Answer 503 with Retry-After when the database was too busy; nothing has been changed then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the answer for Busy and for a lock refused outside a retried function; leave the rest alone."""
        is_lock = isinstance(error, OperationalError) and (is_lock_timeout(error) or is_passing(error))
        if not isinstance(error, Busy) and not is_lock:
            return None
        response = render(request, "503.html", status=503)
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
