"""The partner board: who looks for whom, one's own entry, and the questions from one person to another. Rule: R-16."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling import board, invitations, offers, proposals, visibility
from scheduling.access import get_addressed_entry_for, get_invitation_to, get_own_entry
from scheduling.board_forms import BoardFilterForm, EntryForm, write_time
from scheduling.form_keys import once_per_form_key
from scheduling.models import BoardEntry, BoardStatus, City, InvitationStatus, Project
from scheduling.planner import Time
from scheduling.views.answers import carry_out

ENTRIES_A_PAGE = 12
# More than this on one card is a wall; whoever wants to know more asks.
TIMES_ON_A_CARD = 4
MAX_DIGITS = 18  # what a database can count to


@dataclass(frozen=True)
class Reader:
    """What the cards show besides the entries: the reader's own times, whom they asked, who has enough to answer."""

    now: datetime
    times: frozenset[Time] = frozenset()
    asked: frozenset[int] = frozenset()
    full: frozenset[int] = frozenset()


@role_required(Role.PARTICIPANT)
@require_safe
def board_list(request: PersonRequest) -> HttpResponse:
    """Show the person's own entry, whom the system proposes, and the board with its filters: first their own city."""
    now = timezone.now()
    projects = list(board.projects_of(request.user))
    project = _chosen(projects, request=request)
    if project is None:
        return render(request, "scheduling/board_list.html", {"project": None})
    own = board.open_entry(request.user, project=project, now=now)
    times = proposals.times_of(own, today=proposals.local_today(own, now=now)) if own else frozenset()
    form = _filter_form(request, project=project, own=own)
    entries = _filtered(form, person=request.user, project=project, times=times, now=now)
    after = request.GET.get("after", "")
    if after.isdecimal():
        entries = visibility.entries_after(entries, entry_id=int(after[:MAX_DIGITS]))
    found = list(entries[: ENTRIES_A_PAGE + 1])
    page = found[:ENTRIES_A_PAGE]
    context = {
        "projects": projects,
        "project": project,
        "own": own,
        "own_times": len(times),
        "has_partner": board.has_partner(request.user, project=project),
        "why_hidden": "" if own else board.why_hidden(request.user, project=project),
        "form": form,
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "is_further": bool(after),
        "next_after": page[-1].pk if len(found) > ENTRIES_A_PAGE else None,
        **_cards(page, own=own, times=times, person=request.user, project=project, now=now),
    }
    return render(request, "scheduling/board_list.html", context)


def _chosen(projects: Collection[Project], *, request: PersonRequest) -> Project | None:
    """Return the project that the address names, or the first of those in which the person may book."""
    slug = request.GET.get("project", "")
    return next((one for one in projects if one.slug == slug), next(iter(projects), None))


def _board_url(project: Project) -> str:
    return f"{reverse('scheduling:board_list')}?project={project.slug}"


def _filter_form(request: PersonRequest, *, project: Project, own: BoardEntry | None) -> BoardFilterForm:
    """Return the filters as they were sent; without a word about the city, with the person's own."""
    data = request.GET.copy()
    form = BoardFilterForm(data, project=project)
    if "city" not in data:
        cities = form.fields["city"].queryset  # type: ignore[attr-defined]
        city = own.city if own else offers.home_city(request.user, cities)
        data["city"] = city.slug if city else ""
    return form


def _cards(
    page: Collection[BoardEntry],
    *,
    own: BoardEntry | None,
    times: frozenset[Time],
    person: User,
    project: Project,
    now: datetime,
) -> dict[str, Any]:
    """Return the cards of the page and, for one who is on the board, of the proposals with their reasons."""
    suggestions = proposals.suggest(own, now=now) if own else []
    people = [entry.person_id for entry in (*page, *(found.entry for found in suggestions))]
    waiting = invitations.count_received(people, project=project, now=now)
    sent = invitations.sent_by(person, now=now).filter(status=InvitationStatus.OPEN, project=project)
    reader = Reader(
        now,
        times=times,
        asked=frozenset(sent.values_list("invited", flat=True)),
        full=frozenset(pk for pk, count in waiting.items() if count >= project.max_open_invitations),
    )
    return {
        "cards": [_card(entry, reader) for entry in page],
        "suggestions": [_card(found.entry, reader) | {"why": found.why} for found in suggestions],
    }


def _filtered(
    form: BoardFilterForm, *, person: User, project: Project, times: frozenset[Time], now: datetime
) -> QuerySet[BoardEntry]:
    """Return what the person sees of the board through the filters; what is unreadable filters nothing."""
    form.is_valid()
    wanted = form.cleaned_data
    entries = visibility.entries_for(person, project=project, now=now)
    if wanted.get("city"):
        entries = entries.filter(city=wanted["city"])
    is_common = bool(wanted.get("common") and times)
    return visibility.with_times(
        entries,
        times=times if is_common else None,
        part=wanted.get("part", ""),
        today=timezone.localdate(now),
    )


def _card(entry: BoardEntry, reader: Reader) -> dict[str, Any]:
    """Return what a card shows of an entry: the first coming times, those in common marked, and how long it waits."""
    today = proposals.local_today(entry, now=reader.now)
    coming = [time for time in entry.availabilities.all() if time.on >= today]
    shown = [(time, (time.on, time.part) in reader.times) for time in coming]
    shown.sort(key=lambda pair: not pair[1])
    first = sorted(shown[:TIMES_ON_A_CARD], key=lambda pair: (pair[0].on, pair[0].part))
    return {
        "entry": entry,
        "times": first,
        "more": len(coming) - len(first),
        "days": proposals.waits_days(entry.waits_from, now=reader.now),
        "is_asked": entry.person_id in reader.asked,
        "is_full": entry.person_id in reader.full,
    }


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def entry_edit(request: PersonRequest) -> HttpResponse:
    """Put oneself on the board, or change what stands there."""
    now = timezone.now()
    project = _chosen(board.projects_of(request.user), request=request)
    if project is None:
        return redirect("scheduling:board_list")
    own = board.open_entry(request.user, project=project, now=now)
    cities = list(City.objects.filter(studios__booths__slots__project=project).distinct().order_by("pk"))
    city = _city_of(request, cities, own=own)
    offered = board.coming_times(project, city=city, now=now) if city else []
    form = EntryForm(request.POST or None, offered=offered, initial=_initial(own))
    if request.method == "POST" and city is not None and form.is_valid():
        try:
            board.publish_entry(
                request.user,
                project=project,
                city=city,
                about=form.cleaned_data["about"],
                topics=form.cleaned_data["topics"],
                times=form.chosen_times(),
                now=now,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("You are on the board. Have a look who else is there."))
            return redirect(_board_url(project))
    context = {
        "form": form,
        "project": project,
        "cities": cities,
        "city": city,
        "own": own,
        "board_url": _board_url(project),
    }
    return render(request, "scheduling/entry_edit.html", context, status=422 if form.is_bound else 200)


def _city_of(request: PersonRequest, cities: list[City], *, own: BoardEntry | None) -> City | None:
    """Return the chosen city; else that of the entry; else where the person lives."""
    wanted = request.POST.get("city") or request.GET.get("city") or (own.city.slug if own else "")
    named = next((city for city in cities if city.slug == wanted), None)
    return named or offers.home_city(request.user, cities)


def _initial(own: BoardEntry | None) -> dict[str, Any]:
    if own is None:
        return {}
    times = [write_time((time.on, time.part)) for time in own.availabilities.all()]
    return {"about": own.about, "topics": own.topics, "times": times}


@role_required(Role.PARTICIPANT)
@require_POST
def entry_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one's own entry off the board."""
    entry = get_own_entry(request.user, pk)
    carry_out(
        request,
        lambda: board.withdraw_entry(entry, by=request.user, now=timezone.now()),
        done=_("You are off the board."),
    )
    return redirect(_board_url(entry.project))


@role_required(Role.PARTICIPANT)
@require_POST
def entry_invite(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask the person of an entry to be a pair; who was asked by them already says yes with it."""
    entry = get_addressed_entry_for(request.user, pk)
    try:
        invitation = invitations.invite_person(entry, by=request.user, now=timezone.now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(_board_url(entry.project))
    if invitation.status == InvitationStatus.ACCEPTED:
        messages.success(
            request, _("You asked each other: you are a pair. Now choose a time to record together.")
        )
        return redirect("scheduling:pair_list")
    messages.success(request, _("Your invitation is sent. We tell you when there is an answer."))
    return redirect("scheduling:pair_list")


@role_required(Role.PARTICIPANT)
@require_POST
def invitation_accept(request: PersonRequest, pk: int) -> HttpResponse:
    """Say yes to somebody who asked."""
    invitation = get_invitation_to(request.user, pk)
    carry_out(
        request,
        lambda: invitations.accept(invitation, by=request.user, now=timezone.now()),
        done=_("You are a pair. Now choose a time to record together."),
    )
    return redirect("scheduling:pair_list")


@role_required(Role.PARTICIPANT)
@require_POST
def invitation_decline(request: PersonRequest, pk: int) -> HttpResponse:
    """Say no to somebody who asked."""
    invitation = get_invitation_to(request.user, pk)
    carry_out(
        request,
        lambda: invitations.decline(invitation, by=request.user, now=timezone.now()),
        done=_("You said no. The other person sees that, and no reason."),
    )
    return redirect("scheduling:pair_list")


def received_cards(person: User, *, now: datetime) -> list[dict[str, Any]]:
    """Return the open questions to the person, each with what its inviter says on the board, if anything."""
    received = list(invitations.received_by(person, now=now))
    entries = BoardEntry.objects.filter(
        person__in=[one.inviter_id for one in received], status=BoardStatus.OPEN, expires_at__gt=now
    )
    found = entries.select_related("city").prefetch_related("availabilities")
    by_person = {(entry.person_id, entry.project_id): entry for entry in found}
    cards = []
    for invitation in received:
        entry = by_person.get((invitation.inviter_id, invitation.project_id))
        card = _card(entry, Reader(now)) if entry else {}
        cards.append({"invitation": invitation, **card})
    return cards
