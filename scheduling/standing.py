"""
Where somebody stands in a project: which no-shows count, and what follows from them. Rule: R-26.

Everything is computed from the rows: attendances, amnesties and the log of the qualification.
See docs/decisions/0024.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from django.db import transaction
from django.db.models import Case, Count, DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.apart import do_apart
from accounts.models import User
from scheduling.models import (
    Amnesty,
    Attendance,
    AttendanceOutcome,
    Booking,
    BookingEvent,
    BookingStatus,
    Project,
    Qualification,
    QualificationCause,
    QualificationEvent,
    QualificationStatus,
)
from scheduling.qualifications import ground_of, move_qualification
from scheduling.retries import retried

# Before the first session there was.
EVER = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())
BATCH = 200


@dataclass(frozen=True)
class Standing:
    """How many no-shows count, and how many suspend; `counts_from_at` is the amnesty that holds, if any."""

    counted: int
    limit: int
    counts_from_at: datetime | None
    late_cancellations: int

    @property
    def left(self) -> int:
        """How many more no-shows suspend: 1 is the last."""
        return max(self.limit - self.counted, 0)


def _latest_amnesty(**whose: object) -> Coalesce:
    """Return from when no-shows of an attendance row count, by the latest amnesty of that kind."""
    rows = Amnesty.objects.filter(project=OuterRef("booking__project"), **whose).order_by("-pk")
    return Coalesce(Subquery(rows.values("counts_from_at")[:1]), EVER)


def counted_no_shows() -> QuerySet[Attendance]:
    """Return the no-shows that no amnesty has taken out of the count."""
    return Attendance.objects.filter(
        outcome=AttendanceOutcome.NO_SHOW,
        booking__slot__starts_at__gte=_latest_amnesty(person=None),
    ).filter(booking__slot__starts_at__gte=_latest_amnesty(person=OuterRef("person")))


def no_show_count(person: User, *, project: Project) -> int:
    """Return how many no-shows of the person count in the project. Rule: R-26."""
    return counted_no_shows().filter(person=person, booking__project=project).count()


def amnesty_of(person: User | None, *, project: Project) -> Amnesty | None:
    """Return the amnesty that holds for the person alone, or for all without one. None when there is none."""
    return Amnesty.objects.filter(project=project, person=person).order_by("-pk").first()


def standing_of(person: User, *, project: Project) -> Standing:
    """Return where the person stands in the project. Four queries. Rules: R-23, R-26."""
    amnesties = [amnesty_of(who, project=project) for who in (None, person)]
    moments = [row.counts_from_at for row in amnesties if row and row.counts_from_at]
    return Standing(
        counted=no_show_count(person, project=project),
        limit=project.no_shows_to_suspend,
        counts_from_at=max(moments, default=None),
        late_cancellations=late_cancellations_of(person, project=project).count(),
    )


def late_cancellations_of(person: User, *, project: Project) -> QuerySet[BookingEvent]:
    """Return the events by which the person cancelled too late in the project, the newest first. Rule: R-23."""
    mine = Booking.objects.of(person).filter(project=project)
    late = BookingEvent.objects.filter(by=person, is_late=True, new=BookingStatus.CANCELLED, booking__in=mine)
    return late.select_related("booking__slot__booth__studio__city").order_by("-pk")


def unsettled_qualifications() -> QuerySet[Qualification]:
    """
    Return the qualifications whose status is not what their rows say. One query.

    Active ones with as many counted no-shows as suspend, one of them written since they
    were last given the right by hand; and those suspended for no-shows without that.
    """
    missed = counted_no_shows().filter(person=OuterRef("person"), booking__project=OuterRef("project"))
    grouped = missed.order_by().values("person")
    events = QualificationEvent.objects.filter(qualification=OuterRef("pk"))
    given = events.filter(new=QualificationStatus.ACTIVE, cause="").order_by("-at").values("at")[:1]
    ground = events.filter(new=QualificationStatus.SUSPENDED).order_by("-pk").values("cause")[:1]
    ever_missed = Attendance.objects.filter(outcome=AttendanceOutcome.NO_SHOW).values("person")
    rows = Qualification.objects.filter(
        Q(status=QualificationStatus.SUSPENDED) | Q(status=QualificationStatus.ACTIVE, person__in=ever_missed)
    ).annotate(
        ground=Subquery(ground),
        counted=Coalesce(Subquery(grouped.annotate(n=Count("pk")).values("n")), 0),
        last_at=Coalesce(Subquery(grouped.annotate(last=Max("recorded_at")).values("last")), EVER),
        given_at=Coalesce(Subquery(given), EVER),
    )
    stands = Q(counted__gte=F("project__no_shows_to_suspend"), last_at__gt=F("given_at"))
    rows = rows.annotate(stands=Case(When(stands, then=Value(True)), default=Value(False)))
    return rows.filter(
        Q(status=QualificationStatus.ACTIVE, stands=True)
        | Q(status=QualificationStatus.SUSPENDED, ground=QualificationCause.NO_SHOWS, stands=False)
    )


def settle_qualification(qualification: Qualification, *, by: User | None, now: datetime) -> bool:
    """
    Suspend the qualification, or lift its suspension, as its rows say; return whether it moved.

    Only a suspension for no-shows is lifted. Twice changes nothing. Hold the lock of the
    qualification. Rule: R-26.
    """
    if not unsettled_qualifications().filter(pk=qualification.pk).exists():
        return False
    if qualification.status == QualificationStatus.ACTIVE:
        to, cause = QualificationStatus.SUSPENDED, QualificationCause.NO_SHOWS
    else:
        to, cause = QualificationStatus.ACTIVE, QualificationCause.NO_GROUND
    move_qualification(qualification, to, by=by, now=now, cause=cause)
    return True


def settle_qualifications(*, now: datetime) -> int:
    """
    Settle the qualifications that an amnesty for all, or a changed figure, left behind; return how many moved.

    Run every few minutes, at most a batch each time: each apart, twice changes nothing. Rule: R-26.
    """
    keys = list(unsettled_qualifications().order_by("pk").values_list("pk", flat=True)[:BATCH])
    moved = (
        do_apart(partial(_settle, pk, now=now), what=f"the standing of qualification {pk}") for pk in keys
    )
    return sum(map(bool, moved))


@retried
@transaction.atomic
def _settle(qualification_id: int, *, now: datetime) -> bool:
    qualification = Qualification.objects.select_for_update(no_key=True).get(pk=qualification_id)
    return settle_qualification(qualification, by=None, now=now)


def is_for_no_shows(qualification: Qualification) -> bool:
    """Return whether the qualification is suspended, and for no-shows alone."""
    is_suspended = qualification.status == QualificationStatus.SUSPENDED
    return is_suspended and ground_of(qualification) == QualificationCause.NO_SHOWS
