"""The pages that are measured: who asks for what, in a crowd that `crowd` and `crowd_studio` have written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.access import Role
from accounts.models import User
from benchmarks.crowd import Crowd
from payments.models import Payment, PayoutBatch
from recordings.models import PromptSet, RecordingSession, Sample, SampleStatus, SessionStatus
from recordings.queue import reserve_next
from scheduling.models import Booking, Release, Slot

Arguments = Callable[[Crowd], tuple[object, ...]]


@dataclass(frozen=True)
class Page:
    """One page: the role that asks, the URL's name, and how to find its arguments."""

    role: str
    name: str
    arguments: Arguments = lambda crowd: ()
    note: str = ""
    is_looking: bool = False
    query: str | Callable[[Crowd], str] = ""

    @property
    def label(self) -> str:
        """How the results name it."""
        return f"{self.name} ({self.note})" if self.note else self.name

    def address(self, crowd: Crowd) -> str:
        """Return the page's address in this crowd."""
        address = reverse(self.name, args=self.arguments(crowd))
        query = self.query if isinstance(self.query, str) else self.query(crowd)
        return f"{address}?{query}" if query else address

    def visitor(self, crowd: Crowd) -> User:
        """Return who asks for the page."""
        if self.is_looking:
            return crowd.looker
        return crowd.busy if self.role == Role.PARTICIPANT else crowd.staff[self.role][0]


def _own_booking(crowd: Crowd) -> tuple[object, ...]:
    return (Booking.objects.of(crowd.busy).filter(status="confirmed").latest("pk").pk,)


def _confirmed_booking(crowd: Crowd) -> tuple[object, ...]:
    return (Booking.objects.filter(status="confirmed").latest("pk").pk,)


def _free_slot(crowd: Crowd) -> tuple[object, ...]:
    from_at = timezone.now() + timedelta(days=2)
    return (Slot.objects.filter(starts_at__gt=from_at, bookings=None).first().pk,)


def _booked_slot(crowd: Crowd) -> tuple[object, ...]:
    return (Booking.objects.filter(status="confirmed").latest("pk").slot_id,)


def _release(crowd: Crowd) -> tuple[object, ...]:
    return (Release.objects.get(status="planned").pk,)


def _countdown(crowd: Crowd) -> tuple[object, ...]:
    return (*_release(crowd), "en")


def _own_sample(crowd: Crowd) -> tuple[object, ...]:
    return (Sample.objects.filter(person=crowd.busy).latest("pk").key,)


def _reserved_sample(crowd: Crowd) -> tuple[object, ...]:
    return (reserve_next(crowd.staff[Role.REVIEWER][0], now=timezone.now()).key,)


def _disputed_sample(crowd: Crowd) -> tuple[object, ...]:
    return (Sample.objects.filter(status=SampleStatus.CROSS_REVIEW).latest("pk").key,)


def _qualified_person(crowd: Crowd) -> tuple[object, ...]:
    return (crowd.busy.pk,)


def _running_session(crowd: Crowd) -> tuple[object, ...]:
    return (RecordingSession.objects.filter(status=SessionStatus.OPEN).latest("pk").key,)


def _closed_session(crowd: Crowd) -> tuple[object, ...]:
    return (RecordingSession.objects.filter(status=SessionStatus.COMPLETED).latest("pk").key,)


def _prompt_set(crowd: Crowd) -> tuple[object, ...]:
    return (PromptSet.objects.latest("pk").pk,)


def _payment(crowd: Crowd) -> tuple[object, ...]:
    return (Payment.objects.filter(status="paid").latest("pk").pk,)


def _batch(crowd: Crowd) -> tuple[object, ...]:
    return (PayoutBatch.objects.filter(status="settled").latest("pk").pk,)


STAFF_HOMES = [
    Page(role.value, "home", note=role.value)
    for role in (
        Role.REVIEWER,
        Role.LEAD_REVIEWER,
        Role.OPERATOR,
        Role.MANAGER,
        Role.FINANCE,
        Role.ADMINISTRATOR,
    )
]
PARTICIPANT_PAGES = [
    Page(Role.PARTICIPANT, "home", note="participant"),
    Page(Role.PARTICIPANT, "accounts:profile"),
    Page(Role.PARTICIPANT, "accounts:consents"),
    Page(Role.PARTICIPANT, "scheduling:slot_list"),
    Page(Role.PARTICIPANT, "scheduling:slot_detail", _free_slot),
    Page(Role.PARTICIPANT, "scheduling:countdown", _countdown),
    Page(Role.PARTICIPANT, "scheduling:release_detail", _release),
    Page(Role.PARTICIPANT, "scheduling:booking_list"),
    Page(Role.PARTICIPANT, "scheduling:booking_detail", _own_booking),
    Page(Role.PARTICIPANT, "scheduling:pair_list"),
    Page(Role.PARTICIPANT, "recordings:sample_detail", _own_sample),
    Page(Role.PARTICIPANT, "payments:statement"),
]
REVIEW_PAGES = [
    Page(Role.REVIEWER, "recordings:review_queue"),
    Page(Role.REVIEWER, "recordings:review_sample", _reserved_sample),
    Page(Role.REVIEWER, "recordings:own_figures"),
    Page(Role.LEAD_REVIEWER, "recordings:cross_review_list"),
    Page(Role.LEAD_REVIEWER, "recordings:cross_review", _disputed_sample),
]
STUDIO_PAGES = [
    Page(Role.OPERATOR, "recordings:session_list"),
    Page(Role.MANAGER, "recordings:session_list", note="manager"),
    Page(Role.MANAGER, "recordings:session_console", _running_session),
    Page(Role.MANAGER, "recordings:session_detail", _closed_session),
    Page(Role.MANAGER, "recordings:prompt_list"),
    Page(Role.MANAGER, "recordings:prompt_set", _prompt_set),
]
MANAGER_PAGES = [
    Page(Role.MANAGER, "scheduling:calendar"),
    Page(Role.MANAGER, "scheduling:calendar", note="day", query="view=day"),
    Page(Role.MANAGER, "scheduling:calendar", note="month", query="view=month"),
    Page(Role.MANAGER, "scheduling:calendar", note="conflicts", query="show=conflicts"),
    Page(Role.MANAGER, "scheduling:blackout_list"),
    Page(Role.MANAGER, "scheduling:slot_edit", _booked_slot),
    Page(Role.MANAGER, "scheduling:rota"),
    Page(Role.MANAGER, "scheduling:template_list"),
    Page(Role.MANAGER, "scheduling:release_list"),
    Page(Role.MANAGER, "scheduling:release_manage", _release),
    Page(Role.MANAGER, "scheduling:booking_manage", _confirmed_booking),
    Page(Role.MANAGER, "scheduling:person_list"),
    Page(Role.MANAGER, "scheduling:qualification_edit", _qualified_person),
    Page(Role.MANAGER, "scheduling:studio_list"),
    Page(Role.MANAGER, "scheduling:project_list"),
    Page(Role.MANAGER, "recordings:sample_list"),
    Page(Role.MANAGER, "recordings:review_figures"),
    Page(Role.OPERATOR, "scheduling:shift_list"),
    Page(Role.MANAGER, "payments:funnel"),
]
FINANCE_PAGES = [
    Page(Role.FINANCE, "payments:payment_list"),
    Page(Role.FINANCE, "payments:payment_detail", _payment),
    Page(Role.FINANCE, "payments:deduction_list"),
    Page(Role.FINANCE, "payments:batch_list"),
    Page(Role.FINANCE, "payments:batch_detail", _batch),
]
ADMIN_PAGES = [
    Page(Role.ADMINISTRATOR, f"admin:{model}_changelist")
    for model in (
        "accounts_user",
        "accounts_consentrecord",
        "scheduling_slot",
        "scheduling_pair",
        "scheduling_booking",
        "scheduling_bookingevent",
        "scheduling_occupancy",
        "recordings_sample",
        "recordings_review",
        "recordings_sessionevent",
        "payments_payment",
        "payments_paymentline",
        "payments_payout",
    )
]
# By somebody who is on the board (`crowd_board`) and has proposals.
BOARD_PAGES = [
    Page(Role.PARTICIPANT, "scheduling:board_list", is_looking=True),
    Page(Role.PARTICIPANT, "scheduling:board_list", note="all cities", is_looking=True, query="city="),
    Page(Role.PARTICIPANT, "scheduling:entry_edit", is_looking=True),
    Page(Role.PARTICIPANT, "scheduling:pair_list", note="on the board", is_looking=True),
]
PAGES = [
    *PARTICIPANT_PAGES,
    *STAFF_HOMES,
    *REVIEW_PAGES,
    *STUDIO_PAGES,
    *MANAGER_PAGES,
    *FINANCE_PAGES,
    *ADMIN_PAGES,
]
