"""A rota by proposal: the manager looks at it, takes lines out, and applies it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest, Role, role_required
from scheduling import rota_boards, rota_proposals
from scheduling.form_keys import once_per_form_key
from scheduling.forms import WeekForm
from scheduling.rota_facts import name_of
from scheduling.rota_forms import ProposalForm
from scheduling.telling import write_start
from scheduling.views.slots import Week, chosen_week, id_of

SKIPPED_SHOWN = 5


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def rota_propose(request: PersonRequest) -> HttpResponse:
    """Propose who takes the slots of a week that lack staff; on POST put the ticked ones on the rota."""
    now = timezone.now()
    form = WeekForm(request.GET or None)
    week = chosen_week(form, now=now)
    if request.method == "POST":
        lines = ProposalForm(request.POST)
        if lines.is_valid():
            return _applied(request, lines, week=week)
        messages.error(request, _("Open the page again, then send the form."))
    asks_untold = "untold" in request.GET
    proposal = rota_boards.propose_week(
        days=week["days"], city_id=id_of(week["city"]), now=now, asks_untold=asks_untold
    )
    context = {"form": form, "proposal": proposal, "asks_untold": asks_untold, **week}
    status = 422 if request.method == "POST" else 200
    return render(request, "scheduling/rota_propose.html", context, status=status)


def _applied(request: PersonRequest, form: ProposalForm, *, week: Week) -> HttpResponse:
    """Apply the lines, say what was done and what was not, and go back to the week."""
    query = urlencode({"week": week["days"][0].isoformat(), "city": id_of(week["city"]) or ""})
    try:
        outcome = rota_proposals.apply_proposal(form.lines(), by=request.user, now=timezone.now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(f"{reverse('scheduling:rota_propose')}?{query}")
    if outcome.assigned:
        words = ngettext(
            "%(count)d shift is on the rota.", "%(count)d shifts are on the rota.", outcome.assigned
        )
        messages.success(request, words % {"count": outcome.assigned})
    for person, slot, why in outcome.skipped[:SKIPPED_SHOWN]:
        words = _("Skipped: %(person)s, %(day)s. %(why)s")
        facts = {"person": name_of(person), "day": write_start(slot), "why": why}
        messages.warning(request, words % facts)
    more = len(outcome.skipped) - SKIPPED_SHOWN
    if more > 0:
        messages.warning(request, _("And %(count)d more were skipped.") % {"count": more})
    return redirect(f"{reverse('scheduling:rota')}?{query}")
