"""The partner board: publishing an entry, and taking it off. Who sees whose is in `visibility`. Rules: R-16, R-17."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Profile, User
from accounts.people import lock_people
from scheduling.conditions import has_all_sessions
from scheduling.contacts import find_contact
from scheduling.models import (
    Availability,
    BoardEntry,
    BoardEvent,
    BoardStatus,
    City,
    DayPart,
    Pair,
    Project,
    QualificationStatus,
    Slot,
    SlotStatus,
)
from scheduling.planner import Time
from scheduling.qualifications import is_qualified
from scheduling.retries import retried

# An afternoon begins at noon, an evening when the third slot of a day may begin. Rule: R-18.
NOON, EVENING_FROM = 12, 17

MOVES: dict[str, frozenset[str]] = {
    BoardStatus.OPEN: frozenset(set(BoardStatus) - {BoardStatus.OPEN}),
    **{status: frozenset() for status in BoardStatus if status != BoardStatus.OPEN},
}
CONTACTS = {
    "phone": _("Leave telephone numbers out: you see each other's once both of you have said yes."),
    "account": _("Leave WeChat and other accounts out: you see each other's number once both have said yes."),
    "address": _(
        "Leave addresses and links out: you see each other's number once both of you have said yes."
    ),
}


class BoardRefused(ValidationError):
    """
    An entry is not published or not moved.

    Codes: "closed", "not_qualified", "paired", "enough", "phone", "account", "address",
    "name", "no_times", "times", "moved".
    """


def part_of(starts_at: datetime) -> DayPart:
    """Return the part of the day of a start in the city's own time. Rule: R-18."""
    if starts_at.hour < NOON:
        return DayPart.MORNING
    return DayPart.AFTERNOON if starts_at.hour < EVENING_FROM else DayPart.EVENING


def coming_times(project: Project, *, city: City, now: datetime) -> list[Time]:
    """Return the parts of days in which a bookable slot of the city begins, in order. One query. Rule: R-22."""
    slots = Slot.objects.filter(
        project=project,
        status=SlotStatus.OPEN,
        booth__is_open=True,
        booth__studio__is_open=True,
        booth__studio__city=city,
        starts_at__gt=now + timedelta(hours=project.booking_closes_hours),
        starts_at__lte=now + timedelta(days=project.booking_opens_days),
    )
    zone = ZoneInfo(city.timezone)
    starts = (at.astimezone(zone) for at in slots.values_list("starts_at", flat=True).distinct())
    return sorted({(at.date(), part_of(at).value) for at in starts})


def check_words(*texts: str, person: User) -> None:
    """Raise BoardRefused for what would let a stranger find the person: a number, an id, their name. Rule: R-16."""
    text = " ".join(texts)
    kind = find_contact(text)
    if kind:
        raise BoardRefused(CONTACTS[kind], code=kind)
    name = Profile.objects.filter(user=person).values_list("name", flat=True).first() or ""
    if len(name) > 1 and name.casefold() in text.casefold():
        raise BoardRefused(
            _("Leave your name out: you see each other's once both of you have said yes."), code="name"
        )


@retried
@transaction.atomic
def publish_entry(
    person: User,
    *,
    project: Project,
    city: City,
    about: str,
    topics: str,
    times: Collection[Time],
    now: datetime,
) -> BoardEntry:
    """
    Put the person on the board and return the entry; one that stands there is replaced and keeps its waiting time.

    Raise BoardRefused: "closed", "not_qualified", "paired" (they have a partner),
    "enough" (no session is left to them), "phone", "account", "address", "name" (in
    the words), "no_times", "times" (not among the coming slots of the city). Locks the
    person's row, as making a pair does. Rules: R-16, R-17.
    """
    lock_people(person.pk)
    _check_person(person, project=project, now=now)
    check_words(about, topics, person=person)
    if not times:
        raise BoardRefused(_("Choose at least one time at which you could come."), code="no_times")
    if not set(times) <= set(coming_times(project, city=city, now=now)):
        raise BoardRefused(_("Some of these times are gone. Choose again."), code="times")
    before = BoardEntry.objects.filter(project=project, person=person, status=BoardStatus.OPEN).first()
    if before is not None:
        is_over = before.expires_at <= now
        move_entry(before, BoardStatus.EXPIRED if is_over else BoardStatus.WITHDRAWN, by=person, now=now)
    entry = BoardEntry.objects.create(
        project=project,
        person=person,
        city=city,
        about=about.strip(),
        topics=topics.strip(),
        waits_from=before.waits_from if before is not None and before.expires_at > now else now,
        published_at=now,
        expires_at=now + timedelta(days=project.board_entry_days),
    )
    Availability.objects.bulk_create(
        Availability(entry=entry, on=on, part=part) for on, part in sorted(times)
    )
    BoardEvent.objects.create(entry=entry, new=entry.status, by=person, at=now)
    return entry


def _check_person(person: User, *, project: Project, now: datetime) -> None:
    """Refuse somebody who looks for no partner, or may not."""
    if not project.is_open:
        raise BoardRefused(_("This project is closed."), code="closed")
    if not is_qualified(person, project=project):
        raise BoardRefused(
            _("The board is for people whose sample is approved. See on your home page what comes next."),
            code="not_qualified",
        )
    if has_partner(person, project=project):
        raise BoardRefused(
            _("You have a partner already. The board is for people who have none."), code="paired"
        )
    if has_all_sessions(person, project=project, now=now):
        raise BoardRefused(
            _("You have all the sessions that one person can have in this project."), code="enough"
        )


def projects_of(person: User) -> QuerySet[Project]:
    """Return the open projects in which the person may book, the oldest first. Rule: R-15."""
    mine = Project.objects.filter(
        is_open=True, qualifications__person=person, qualifications__status=QualificationStatus.ACTIVE
    )
    return mine.order_by("pk")


def has_partner(person: User, *, project: Project) -> bool:
    """Return whether the person is in a living pair of the project."""
    return Pair.objects.living().of(person).filter(project=project).exists()


def withdraw_entry(entry: BoardEntry, *, by: User, now: datetime) -> None:
    """Take one's own entry off the board. Raise BoardRefused(code="moved") when it is off already."""
    if entry.person_id != by.pk:
        raise ValueError("only the one who published an entry takes it off")
    move_entry(entry, BoardStatus.WITHDRAWN, by=by, now=now)


@retried
@transaction.atomic
def hide_entry_of(person: User, *, project: Project, by: User, now: datetime, reason: str) -> bool:
    """
    Take what the person has on the board now off it, whatever they wrote before; return whether there was anything.

    Locks the person's row, as publishing does: nobody slips away by editing at that moment.
    """
    lock_people(person.pk)
    entry = open_entry(person, project=project, now=now)
    if entry is None:
        return False
    move_entry(entry, BoardStatus.HIDDEN, by=by, now=now, reason=reason)
    return True


def close_entries(people: Iterable[int], *, project_id: int, now: datetime) -> None:
    """Take people off the board who have just become a pair. Call it in that transaction, their rows locked."""
    found = BoardEntry.objects.filter(project=project_id, person__in=people, status=BoardStatus.OPEN)
    for entry in found.order_by("pk"):
        move_entry(entry, BoardStatus.PAIRED, by=None, now=now)


def expire_entries(*, now: datetime) -> int:
    """Close the entries whose time is over and return how many. Rule: R-16."""
    overdue = BoardEntry.objects.filter(status=BoardStatus.OPEN, expires_at__lte=now).order_by("pk")
    return sum(_expire(entry, now=now) for entry in overdue)


def _expire(entry: BoardEntry, *, now: datetime) -> bool:
    try:
        move_entry(entry, BoardStatus.EXPIRED, by=None, now=now)
    except BoardRefused:  # taken off in this moment: its own end stands
        return False
    return True


@retried
@transaction.atomic
def move_entry(entry: BoardEntry, new: str, *, by: User | None, now: datetime, reason: str = "") -> None:
    """Move the entry and write its event. Raise BoardRefused(code="moved") when it cannot go there."""
    old = entry.status
    rows = BoardEntry.objects.filter(pk=entry.pk, status=old)
    if new not in MOVES[old] or not rows.update(status=new):
        raise BoardRefused(_("This entry is off the board already."), code="moved")
    entry.status = new
    BoardEvent.objects.create(entry=entry, old=old, new=new, by=by, at=now, reason=reason.strip())


def open_entry(person: User, *, project: Project, now: datetime) -> BoardEntry | None:
    """Return what the person has on the board, with city and times, or None."""
    return (
        BoardEntry.objects.filter(project=project, person=person, status=BoardStatus.OPEN, expires_at__gt=now)
        .select_related("city", "project")
        .prefetch_related("availabilities")
        .first()
    )


def why_hidden(person: User, *, project: Project) -> str:
    """Return what staff wrote when they took the person's latest entry off the board, "" when they did not."""
    latest = BoardEntry.objects.filter(person=person, project=project).order_by("-pk").values("pk")[:1]
    hidden = BoardEvent.objects.filter(entry=latest, new=BoardStatus.HIDDEN).order_by("-pk")
    return hidden.values_list("reason", flat=True).first() or ""
