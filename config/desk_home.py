"""What waits on the desk of a member of staff: figures that lead to their lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import Message, User
from accounts.outbox import STRANDED
from config.home import COMING
from payments.models import (
    BatchStatus,
    Deduction,
    DeductionStatus,
    Payment,
    PaymentStatus,
    PayoutBatch,
)
from recordings.conflicts import samples_without_lead
from recordings.models import Sample, SampleStatus
from recordings.queue import count_waiting, tell_count
from scheduling.escalation_watch import open_escalations
from scheduling.models import (
    Booking,
    BookingStatus,
    Project,
    Qualification,
    QualificationStatus,
    Shift,
    ShiftStatus,
    Slot,
    SlotStatus,
)
from scheduling.reports import open_reports
from scheduling.swaps import swaps_open_to

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DeskStat:
    """One number on a desk and the rows behind it."""

    value: int | str
    label: str
    url: str
    kind: str = ""


def desk_stats(person: User, *, roles: frozenset[str], now: datetime) -> list[DeskStat]:
    """Return what waits for this member of staff, for each of their roles."""
    stats: list[DeskStat] = []
    if roles & {Role.REVIEWER, Role.LEAD_REVIEWER}:
        stats += _review_stats(person, roles=roles, now=now)
    if Role.OPERATOR in roles:
        stats += _operator_stats(person, now=now)
    if Role.MANAGER in roles:
        stats += _manager_stats(now)
    if Role.FINANCE in roles:
        stats += _finance_stats()
    if Role.ADMINISTRATOR in roles:
        people_count = User.objects.filter(is_active=True).count()
        stats.append(
            DeskStat(people_count, _("People with an account"), reverse("admin:accounts_user_changelist"))
        )
    return stats


def _review_stats(person: User, *, roles: frozenset[str], now: datetime) -> list[DeskStat]:
    waiting, _oldest_at = count_waiting(person, now=now)
    stats = [DeskStat(tell_count(waiting), _("Samples to hear"), reverse("recordings:review_queue"))]
    if Role.LEAD_REVIEWER in roles:
        crossed = Sample.objects.filter(status=SampleStatus.CROSS_REVIEW).count()
        stats.append(DeskStat(crossed, _("In cross review"), reverse("recordings:cross_review_list")))
    return stats


def _operator_stats(person: User, *, now: datetime) -> list[DeskStat]:
    shifts = Shift.objects.filter(person=person, status=ShiftStatus.ASSIGNED, slot__ends_at__gt=now)
    counts = shifts.filter(slot__starts_at__lt=now + WEEK).aggregate(
        shifts=Count("pk"), booked=Count("pk", filter=Q(slot__bookings__status__in=COMING))
    )
    url = reverse("recordings:session_list")
    return [
        DeskStat(counts["booked"], _("Sessions of mine in 7 days"), url),
        DeskStat(counts["shifts"], _("Shifts of mine in 7 days"), reverse("scheduling:shift_list")),
        *_swap_stats(person, now=now),
    ]


def _swap_stats(person: User, *, now: datetime) -> list[DeskStat]:
    """Return what is told only when it happens: a colleague asks for a shift to be taken over."""
    count, url = swaps_open_to(person, now=now).count(), reverse("scheduling:swap_list")
    return [DeskStat(count, _("Colleagues who ask you"), url, "warn")] if count else []


def _manager_stats(now: datetime) -> list[DeskStat]:
    in_a_week = Slot.objects.filter(status=SlotStatus.OPEN, starts_at__gt=now, starts_at__lt=now + WEEK)
    is_assigned = Q(shifts__status=ShiftStatus.ASSIGNED)
    min_staff = min(Project.objects.filter(is_open=True).values_list("min_staff", flat=True), default=2)
    unstaffed = (
        in_a_week.annotate(staff=Count("shifts", filter=is_assigned)).filter(staff__lt=min_staff).count()
    )
    waiting = Booking.objects.filter(status=BookingStatus.AWAITING_PARTNER).count()
    confirmed = Booking.objects.filter(status=BookingStatus.CONFIRMED, slot__starts_at__gt=now).count()
    unended = Booking.objects.unended(now=now).aggregate(count=Count("pk"), oldest_at=Min("slot__starts_at"))
    qualified = Qualification.objects.filter(status=QualificationStatus.ACTIVE).count()
    calendar, people_url = reverse("scheduling:calendar"), reverse("scheduling:person_list")
    oldest_on = timezone.localdate(unended["oldest_at"] or now)
    stranded = Message.objects.filter(status__in=STRANDED).count()
    return [
        *_missing_stats(now),
        *_leaderless_stats(),
        *_report_stats(),
        DeskStat(
            unended["count"],
            _("Sessions without an ending"),
            f"{calendar}?day={oldest_on}",
            "bad" if unended["count"] else "",
        ),
        DeskStat(
            unstaffed, _("Slots short of staff"), reverse("scheduling:rota"), "bad" if unstaffed else ""
        ),
        DeskStat(
            stranded,
            _("Messages that need a person"),
            reverse("accounts:message_list"),
            "bad" if stranded else "",
        ),
        DeskStat(waiting, _("Bookings waiting for a partner"), calendar),
        DeskStat(confirmed, _("Sessions confirmed"), calendar),
        DeskStat(qualified, _("Qualified people"), people_url),
    ]


def _missing_stats(now: datetime) -> list[DeskStat]:
    """Return what is told only when it happens, whatever the hour: somebody of the staff fell out. Rule: R-19."""
    count, url = open_escalations(now=now).count(), reverse("scheduling:escalation_list")
    return [DeskStat(count, _("Slots that lost their staff"), url, "bad")] if count else []


def _leaderless_stats() -> list[DeskStat]:
    """Return what is told only when it happens: nobody is left who may decide a disputed sample."""
    count = samples_without_lead().count()
    label = _("Disputed samples without a lead reviewer")
    return [DeskStat(count, label, reverse("recordings:reviewer_list"), "bad")] if count else []


def _report_stats() -> list[DeskStat]:
    """Return what is told only when it happens: one participant has reported another."""
    count, url = open_reports().count(), reverse("scheduling:report_list")
    return [DeskStat(count, _("Reports that wait for a manager"), url, "bad")] if count else []


def _finance_stats() -> list[DeskStat]:
    is_due, is_approved = Q(status=PaymentStatus.DUE), Q(status=PaymentStatus.APPROVED)
    payments = Payment.objects.aggregate(
        due=Count("pk", filter=is_due), approved=Count("pk", filter=is_approved)
    )
    proposed = Deduction.objects.filter(status=DeductionStatus.PROPOSED).count()
    drafts = PayoutBatch.objects.filter(status=BatchStatus.DRAFT).count()
    listing = reverse("payments:payment_list")
    return [
        DeskStat(payments["due"], _("Payments due"), f"{listing}?status={PaymentStatus.DUE}"),
        DeskStat(
            payments["approved"], _("Payments to pay out"), f"{listing}?status={PaymentStatus.APPROVED}"
        ),
        DeskStat(
            proposed,
            _("Deductions to decide"),
            reverse("payments:deduction_list"),
            "warn" if proposed else "",
        ),
        DeskStat(drafts, _("Batches to approve"), reverse("payments:batch_list")),
    ]
