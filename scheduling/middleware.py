"""The one place where "too busy" becomes an answer."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scheduling.retries import RETRY_AFTER_S, Busy, is_lock_timeout, is_passing


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
