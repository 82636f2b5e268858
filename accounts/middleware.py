"""What holds for every page: staff show their second factor, and who asks too often is told so."""

from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import RateLimited
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import is_second_factor_due, redirect_to_second_factor

# Django's own view that sets the language: it cannot carry our mark.
OPEN_VIEW_NAMES = frozenset({"set_language"})


class SecondFactorMiddleware:
    """Close every page to staff until they have shown the second factor, marked pages apart. Deny by default."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if getattr(view, "open_without_second_factor", False):
            return None
        if request.resolver_match and request.resolver_match.view_name in OPEN_VIEW_NAMES:
            return None
        if is_second_factor_due(request):
            return redirect_to_second_factor(request)
        return None


class RateLimitMiddleware:
    """Answer 429 where allauth raises `RateLimited`; uncaught it would be a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, RateLimited):
            return render(request, "429.html", status=429)
        return None
