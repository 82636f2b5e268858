"""What the home page says: to a participant the next step, to staff what waits for them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import consents, people
from accounts.access import Role
from accounts.models import Message, Scope, User
from accounts.outbox import STRANDED
from payments.models import (
    BatchStatus,
    Deduction,
    DeductionStatus,
    Payment,
    PaymentLine,
    PaymentStatus,
    PayoutBatch,
)
from recordings.conflicts import samples_without_lead
from recordings.models import Sample, SampleStatus
from recordings.queue import count_waiting
from recordings.standing import describe_sample
from scheduling.escalation_watch import open_escalations
from scheduling.invitations import received_by
from scheduling.models import (
    Booking,
    BookingStatus,
    City,
    Pair,
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
COMING = [
    BookingStatus.HELD,
    BookingStatus.AWAITING_PARTNER,
    BookingStatus.CONFIRMED,
    BookingStatus.CHECKED_IN,
]


@dataclass(frozen=True)
class NextStep:
    """The one thing to do now: a title, why, and where. `is_session`: it is to come to the session that is booked."""

    title: str
    text: str
    url: str
    label: str
    icon: str
    is_session: bool = False


@dataclass(frozen=True)
class Journey:
    """Everything the home page needs to know of one participant. Each field is read once."""

    person: User
    now: datetime
    has_profile: bool
    has_consented: bool
    sample: Sample | None
    qualification: Qualification | None
    pairs: int
    invitations: int
    booking: Booking | None
    asked: Booking | None
    offered: Booking | None

    @property
    def answer_until(self) -> datetime | None:
        """The end of the time to answer what is asked first."""
        waiting = self.offered or self.asked
        return waiting.expires_at if waiting else None


def read_journey(person: User, *, now: datetime) -> Journey:
    """Return where the participant stands. Costs a constant number of queries."""
    coming = (
        Booking.objects.of(person)
        .filter(status__in=COMING, slot__ends_at__gt=now)
        .select_related(
            "slot__booth__studio__city", "pair__person_a__profile", "pair__person_b__profile", "project"
        )
        .order_by("slot__starts_at")
    )
    bookings = list(coming)
    asked = [
        b for b in bookings if b.status == BookingStatus.AWAITING_PARTNER and b.booked_by_id != person.pk
    ]
    latest = Sample.objects.filter(person=person)
    return Journey(
        person=person,
        now=now,
        has_profile=people.has_complete_profile(person),
        has_consented=consents.has_decided(person),
        sample=latest.defer("peaks", "regions").select_related("project").order_by("-sent_at").first(),
        qualification=Qualification.objects.filter(person=person).order_by("-granted_at").first(),
        pairs=Pair.objects.filter(Q(person_a=person) | Q(person_b=person), ended_at=None).count(),
        invitations=received_by(person, now=now).count(),
        booking=bookings[0] if bookings else None,
        asked=asked[0] if asked else None,
        offered=next((b for b in bookings if b.is_offer and b.expires_at and b.expires_at > now), None),
    )


def next_step(journey: Journey) -> NextStep:
    """Return the first thing that is still to be done on the way to a paid session."""
    if not journey.has_profile:
        return NextStep(
            _("Tell us about yourself"),
            _("Your name, birth date and where you grew up. It takes a minute."),
            reverse("accounts:profile"),
            _("Fill in your profile"),
            "user",
        )
    if not journey.has_consented:
        return NextStep(
            _("Decide what may be recorded"),
            _("Each purpose is asked for on its own. You can change your mind at any time."),
            reverse("accounts:consents"),
            _("Read and decide"),
            "shield",
        )
    if journey.qualification is None:
        return _sample_step(journey.sample, now=journey.now)
    if journey.qualification.status != QualificationStatus.ACTIVE:
        return NextStep(
            _("Booking is paused for you"),
            _("Your attendance shows why. You can object there if you think that this is wrong."),
            reverse("scheduling:attendance_own"),
            _("See why, and object"),
            "info",
        )
    return _booking_step(journey)


def _sample_step(sample: Sample | None, *, now: datetime) -> NextStep:
    """Return the step of somebody who has not been let in yet."""
    if sample is None:
        return NextStep(
            _("Send a sample"),
            _("Talk with a friend for two to three minutes, about anything, and send us the recording."),
            reverse("recordings:sample_new"),
            _("Record or choose a file"),
            "mic",
        )
    if sample.status == SampleStatus.REJECTED:
        title, label = _("Your sample was not approved"), _("See why and what to do")
    elif sample.status in {SampleStatus.REFUSED, SampleStatus.WITHDRAWN}:
        title, label = _("Your sample was not accepted"), _("See why and what to do")
    else:
        title, label = _("Your sample is on its way"), _("See where it is")
    url = reverse("recordings:sample_detail", args=[sample.key])
    return NextStep(title, describe_sample(sample, now=now)["said"], url, label, "waveform")


def _booking_step(journey: Journey) -> NextStep:
    """Return the step of somebody who may book."""
    if journey.offered:
        return NextStep(
            _("A slot that you wait for is free"),
            _("It is kept for you and your partner. Either of you can take it; then it goes to the next."),
            reverse("scheduling:booking_detail", args=[journey.offered.pk]),
            _("Take it or say no"),
            "calendar",
        )
    if journey.asked:
        return NextStep(
            _("Your partner asks you to come"),
            _("A session is waiting for your yes. It is released when nobody answers."),
            reverse("scheduling:booking_detail", args=[journey.asked.pk]),
            _("Answer now"),
            "calendar",
        )
    if not journey.pairs and journey.invitations:
        return NextStep(
            _("Somebody wants to record with you"),
            _("Say yes or no: an invitation does not wait for long."),
            reverse("scheduling:pair_list"),
            _("See who it is"),
            "pair",
        )
    if not journey.pairs:
        return NextStep(
            _("Find a partner"),
            _("Sessions are for two. Give a friend your code, or find somebody on the partner board."),
            reverse("scheduling:pair_list"),
            _("Pair up"),
            "pair",
        )
    if journey.booking is None:
        return NextStep(
            _("Choose a time"),
            _("A session in a studio near you. Your partner confirms, and it is yours."),
            reverse("scheduling:slot_list"),
            _("See free times"),
            "calendar",
        )
    return NextStep(
        _("Your next session"),
        _("Come ten minutes early, both of you, and bring something to talk about."),
        reverse("scheduling:booking_detail", args=[journey.booking.pk]),
        _("Details, map and partner"),
        "mic",
        is_session=True,
    )


def journey_steps(journey: Journey) -> list[dict[str, str]]:
    """Return the stages from profile to the first booking, for `components/steps.html`."""
    is_qualified = journey.qualification is not None
    done = [
        (_("About you"), journey.has_profile),
        (_("Consent"), journey.has_consented),
        (_("Sample approved"), is_qualified),
        (_("Partner found"), is_qualified and journey.pairs > 0),
        (_("Session booked"), journey.booking is not None),
    ]
    steps, is_current_given = [], False
    for label, is_done in done:
        state = "done" if is_done else "todo" if is_current_given else "current"
        is_current_given = is_current_given or not is_done
        steps.append({"label": label, "state": state})
    return steps


@dataclass(frozen=True)
class DeskStat:
    """One number on a desk and the rows behind it."""

    value: int
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
    stats = [DeskStat(waiting, _("Samples to hear"), reverse("recordings:review_queue"))]
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


@dataclass(frozen=True)
class Pay:
    """What a participant earned (sum of all lines) and what of it was paid out, in fen."""

    count: int
    total_fen: int
    paid_fen: int


def read_pay(person: User) -> Pay:
    """Return the participant's earnings: one query."""
    is_paid = Q(payment__status=PaymentStatus.PAID)
    sums = PaymentLine.objects.filter(payment__person=person).aggregate(
        count=Count("payment", distinct=True), total=Sum("amount_fen"), paid=Sum("amount_fen", filter=is_paid)
    )
    return Pay(sums["count"], sums["total"] or 0, sums["paid"] or 0)


def agreed_scopes(person: User) -> list[str]:
    """Return the labels of the scopes that are in force, in the order of the notice."""
    in_force = consents.scopes_in_force(person)
    return [str(scope.label) for scope in Scope if scope in in_force]


@dataclass(frozen=True)
class Offer:
    """What a visitor is told: the figures of the project that is open, and where it records."""

    pay_yuan: str
    hours: str
    free_talk_minutes: int
    dialogue_count: int
    cities: list[str]


def read_offer(*, language: str) -> Offer:
    """Return the offer of the newest open project, or of the rules' defaults before there is one. Rule: R-36."""
    project = Project.objects.filter(is_open=True).order_by("-pk").first() or Project()
    open_cities = City.objects.filter(studios__is_open=True).distinct().order_by("pk")
    return Offer(
        pay_yuan=f"{project.rate_fen / 100:g}",
        hours=f"{project.slot_minutes / 60:g}",
        free_talk_minutes=project.free_talk_minutes,
        dialogue_count=project.dialogue_count,
        cities=[city.name_zh if language.startswith("zh") else city.name for city in open_cities],
    )
