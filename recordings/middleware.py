"""The resumable uploads: what holds for each of their requests, whatever comes of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from recordings import tus


class TusMiddleware:
    """
    Apply what tus asks of every request and answer, to the views that are marked with `speaks_tus`.

    It stands before the CSRF check, which must judge the method that is meant
    (`X-HTTP-Method-Override`) and not the one that a poor proxy let through; and
    what others refuse (413, 403) bears the protocol's headers too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "speaks_tus", False):
            response["Tus-Resumable"] = tus.VERSION
            response["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(view, "speaks_tus", False):
            return None
        request.speaks_tus = True  # type: ignore[attr-defined]
        if meant := request.headers.get("X-HTTP-Method-Override"):
            request.method = meant.upper()
        if request.method == "OPTIONS" or request.headers.get("Tus-Resumable") == tus.VERSION:
            return None
        return HttpResponse(status=412, headers={"Tus-Version": tus.VERSION}, content_type="text/plain")
