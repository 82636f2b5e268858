"""Participants as managers see them in one project: how far each one is, and finding one of them. Read only."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import User
from accounts.phones import parse_phone
from scheduling.models import (
    Booking,
    BookingStatus,
    Pair,
    Project,
    Qualification,
    QualificationStatus,
)
from scheduling.standing import counted_no_shows

# From so many on the number of people of a stage is kept, and so long.
COUNT_KEPT_FROM, COUNT_KEPT_S = 1_000, 60


class Stage(models.TextChoices):
    """How far a participant is in a project; later is further."""

    NEW = "new", _("No approved sample")
    QUALIFIED = "qualified", _("Looks for a partner")
    PAIRED = "paired", _("Paired, nothing booked")
    BOOKED = "booked", _("Booked")
    SUSPENDED = "suspended", _("Suspended")
    WITHDRAWN = "withdrawn", _("Withdrawn")


STAGE_KINDS = {
    Stage.NEW: "info",
    Stage.QUALIFIED: "wait",
    Stage.PAIRED: "wait",
    Stage.BOOKED: "ok",
    Stage.SUSPENDED: "bad",
    Stage.WITHDRAWN: "bad",
}


# Where most people are, and the newest: the first of them are found by asking one after the other.
COMMON = frozenset({Stage.NEW, Stage.QUALIFIED})


@dataclass(frozen=True)
class ParticipantRow:
    """A line of the list: the person, and the stage as a word and a badge kind."""

    person: User
    stage: Stage

    @property
    def kind(self) -> str:
        """The badge kind of the stage."""
        return STAGE_KINDS[self.stage]


def participants(*, project: Project, stage: str, now: datetime) -> QuerySet[User]:
    """Return the participants, newest first; only those of `stage` when it names one. `rows_of` tells more of them."""
    members = User.groups.through.objects.filter(group__name=Role.PARTICIPANT, user=OuterRef("pk"))
    # Asked of each person on the way: the first of all, in the order of an index, are soon found.
    people = User.objects.filter(Exists(members)).order_by("-joined_at", "-pk")
    if stage not in Stage.values:
        return people
    if stage in COMMON:
        return people.annotate(stage=_stage(project=project, now=now)).filter(Q(("stage", stage)))
    return people.filter(_condition_of(Stage(stage), project=project, now=now))


def rows_of(people: Iterable[User], *, project: Project, now: datetime) -> list[ParticipantRow]:
    """Return the lines of the people, each with `qualification_id`, `recorded` and `no_shows`. One query."""
    right = Qualification.objects.filter(project=project, person=OuterRef("pk"))
    is_in_pair = Q(pair__person_a=OuterRef("pk")) | Q(pair__person_b=OuterRef("pk"))
    recorded = Booking.objects.filter(is_in_pair, project=project, status=BookingStatus.COMPLETED)
    missed = counted_no_shows().filter(person=OuterRef("pk"), booking__project=project)
    rows = (
        User.objects.filter(pk__in=[person.pk for person in people])
        .select_related("profile")
        .annotate(
            qualification_id=Subquery(right.values("pk")[:1]),
            recorded=_count(recorded),
            no_shows=_count(missed),
            stage=_stage(project=project, now=now),
        )
        .order_by("-joined_at", "-pk")
    )
    return [ParticipantRow(person, Stage(person.stage)) for person in rows]


def _stage(*, project: Project, now: datetime) -> Case:
    """Return the expression of a person's stage in the project."""
    right = Qualification.objects.filter(project=project, person=OuterRef("pk"))
    is_one_of = Q(person_a=OuterRef("pk")) | Q(person_b=OuterRef("pk"))
    is_in_pair = Q(pair__person_a=OuterRef("pk")) | Q(pair__person_b=OuterRef("pk"))
    coming = Booking.objects.unfinished(now=now).filter(is_in_pair, project=project)
    living = Pair.objects.filter(is_one_of, project=project, ended_at=None)

    def has(status: str) -> Exists:
        return Exists(right.filter(status=status))

    return Case(
        When(has(QualificationStatus.SUSPENDED), then=Value(Stage.SUSPENDED)),
        When(has(QualificationStatus.WITHDRAWN), then=Value(Stage.WITHDRAWN)),
        When(has(QualificationStatus.ACTIVE) & Exists(coming), then=Value(Stage.BOOKED)),
        When(has(QualificationStatus.ACTIVE) & Exists(living), then=Value(Stage.PAIRED)),
        When(has(QualificationStatus.ACTIVE), then=Value(Stage.QUALIFIED)),
        default=Value(Stage.NEW),
        output_field=models.CharField(),
    )


def _condition_of(stage: Stage, *, project: Project, now: datetime) -> Q:
    """Return the condition of the stage by sets of keys: for many people five times as fast as asking each in turn."""
    rights = Qualification.objects.filter(project=project).order_by()
    coming = Booking.objects.unfinished(now=now).filter(project=project).order_by()
    living = Pair.objects.filter(project=project, ended_at=None).order_by()
    booked = Q(pk__in=coming.values("pair__person_a")) | Q(pk__in=coming.values("pair__person_b"))
    paired = Q(pk__in=living.values("person_a")) | Q(pk__in=living.values("person_b"))

    def has(status: str) -> Q:
        return Q(pk__in=rights.filter(status=status).values("person"))

    active = has(QualificationStatus.ACTIVE)
    return {
        Stage.NEW: ~Q(pk__in=rights.values("person")),
        Stage.QUALIFIED: active & ~paired & ~booked,
        Stage.PAIRED: active & paired & ~booked,
        Stage.BOOKED: active & booked,
        Stage.SUSPENDED: has(QualificationStatus.SUSPENDED),
        Stage.WITHDRAWN: has(QualificationStatus.WITHDRAWN),
    }[stage]


def count_participants(*, project: Project, stage: str, now: datetime) -> int:
    """
    Return how many people `participants` finds; a large figure is kept for a minute, as it takes looking at everybody.

    A figure that is some people short ends the last page early: of a small one that would be seen.
    """
    key = f"participants:{project.pk}:{stage if stage in Stage.values else ''}"
    kept: int | None = cache.get(key)
    if kept is None:
        people = User.objects.filter(groups__name=Role.PARTICIPANT)
        if stage in Stage.values:
            people = people.filter(_condition_of(Stage(stage), project=project, now=now))
        kept = people.count()
        if kept >= COUNT_KEPT_FROM:
            cache.set(key, kept, COUNT_KEPT_S)
    return kept


def _count(rows: QuerySet) -> Coalesce:
    """Return the number of `rows`, a query that names the outer row, as a column."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(rows=Count("pk")).values("rows")
    return Coalesce(Subquery(counted), 0)


def found_by(people: QuerySet[User], text: str) -> QuerySet[User]:
    """
    Return those of `people` whose name holds the text, or whose pseudonym or whole phone number it is.

    A part of a number finds nobody: a number is a proof of knowing a person, not a way to list them.
    """
    condition = Q(profile__name__icontains=text) | Q(pseudonym__iexact=text)
    with suppress(ValidationError):
        condition |= Q(phone=parse_phone(text))
    return people.filter(condition)
