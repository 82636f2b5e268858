"""Participants as managers see them in one project: how far each one is, and finding one of them. Read only."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True)
class ParticipantRow:
    """A line of the list: the person, and the stage as a word and a badge kind."""

    person: User
    stage: Stage

    @property
    def kind(self) -> str:
        """The badge kind of the stage."""
        return STAGE_KINDS[self.stage]


def rows_of(people: Iterable[User]) -> list[ParticipantRow]:
    """Return the lines of people that came from `participants`."""
    return [ParticipantRow(person, Stage(person.stage)) for person in people]  # type: ignore[attr-defined]


def participants(*, project: Project, stage: str, now: datetime) -> QuerySet[User]:
    """
    Return the participants, newest first, each with `stage`, `qualification_id`, `recorded` and `no_shows`.

    Only those of `stage` when it names one. One query, whatever the number of people.
    """
    right = Qualification.objects.filter(project=project, person=OuterRef("pk"))
    is_one_of = Q(person_a=OuterRef("pk")) | Q(person_b=OuterRef("pk"))
    is_in_pair = Q(pair__person_a=OuterRef("pk")) | Q(pair__person_b=OuterRef("pk"))
    coming = Booking.objects.unfinished(now=now).filter(is_in_pair, project=project)
    recorded = Booking.objects.filter(is_in_pair, project=project, status=BookingStatus.COMPLETED)
    missed = counted_no_shows().filter(person=OuterRef("pk"), booking__project=project)
    people = User.objects.filter(groups__name=Role.PARTICIPANT).select_related("profile")
    people = people.annotate(
        right=Subquery(right.values("status")[:1]),
        qualification_id=Subquery(right.values("pk")[:1]),
        recorded=_count(recorded),
        no_shows=_count(missed),
        stage=Case(
            When(right=QualificationStatus.SUSPENDED, then=Value(Stage.SUSPENDED)),
            When(right=QualificationStatus.WITHDRAWN, then=Value(Stage.WITHDRAWN)),
            When(Q(right=QualificationStatus.ACTIVE) & Exists(coming), then=Value(Stage.BOOKED)),
            When(
                Q(right=QualificationStatus.ACTIVE)
                & Exists(Pair.objects.filter(is_one_of, project=project, ended_at=None)),
                then=Value(Stage.PAIRED),
            ),
            When(right=QualificationStatus.ACTIVE, then=Value(Stage.QUALIFIED)),
            default=Value(Stage.NEW),
            output_field=models.CharField(),
        ),
    )
    if stage in Stage.values:
        people = people.filter(Q(("stage", stage)))
    return people.order_by("-joined_at", "-pk")


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
