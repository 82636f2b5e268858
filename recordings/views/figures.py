"""The figures of the reviewing: all of them for leads and managers, their own for each reviewer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from recordings.figure_pages import Links, describe_reviewer, figures_page
from recordings.figures import ReviewerFigures, count_reviewers, make_period, read_figures
from recordings.filter_forms import PeriodForm


@role_required(Role.LEAD_REVIEWER, Role.MANAGER)
@require_safe
def review_figures(request: PersonRequest) -> HttpResponse:
    """Show how the reviewing goes: agreement, reviewers, decisions, reasons, the age of the queue."""
    now = timezone.now()
    form = PeriodForm(request.GET)
    period = make_period(**form.chosen(), now=now)
    figures = read_figures(period, now=now)
    page = {"form": form, "period": period, **figures_page(figures, period=period)}
    return render(request, "recordings/review_figures.html", page)


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_safe
def own_figures(request: PersonRequest) -> HttpResponse:
    """Show a reviewer their own figures, and nobody else's."""
    form = PeriodForm(request.GET)
    period = make_period(**form.chosen(), now=timezone.now())
    rows = count_reviewers(period, reviewer=request.user)
    row = rows[0] if rows else ReviewerFigures(request.user.pk)
    page = {"form": form, "mine": describe_reviewer(row, name="", links=Links(period))}
    return render(request, "recordings/own_figures.html", page)
