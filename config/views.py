"""The pages that belong to no app: the home page and the specimen of the design."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.specimen import specimen_context


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show a visitor what Duologue is."""
    return render(request, "home_visitor.html")


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Show every component of the design (under DEBUG only)."""
    return render(request, "design.html", specimen_context(request.GET, now=timezone.now()))
