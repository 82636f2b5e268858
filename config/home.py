"""What the home page says: to a participant the next step, to staff what waits for them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import consents, people
from accounts.models import Scope, User
from payments.models import (
    PaymentLine,
    PaymentStatus,
)
from recordings.models import Sample, SampleStatus
from recordings.standing import describe_sample
from scheduling.invitations import received_by
from scheduling.models import (
    Booking,
    BookingStatus,
    City,
    OpenSeat,
    Pair,
    Project,
    Qualification,
    QualificationStatus,
    WaitingEntry,
)
from scheduling.seat_offers import own_seat

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
    seat: OpenSeat | None
    places: int

    @property
    def answer_until(self) -> datetime | None:
        """The end of the time to answer what is asked first; without a question, of one's open seat."""
        waiting = self.offered or self.asked or (self.seat if self.booking is None else None)
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
        seat=own_seat(person),
        places=WaitingEntry.objects.waiting().of(person).count(),
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
    if not journey.pairs and (journey.invitations or not journey.seat):
        return _partner_step(journey)
    if journey.seat and journey.booking is None:
        return _seat_step()
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


def _seat_step() -> NextStep:
    """Return the step of somebody who took a slot alone."""
    return NextStep(
        _("Your open seat waits for somebody"),
        _(
            "The time is yours until somebody joins. Tell your friends, or look on the partner board yourself."
        ),
        reverse("scheduling:seat_list"),
        _("See your seat"),
        "calendar",
    )


def _partner_step(journey: Journey) -> NextStep:
    """Return the step of somebody who has no partner."""
    if journey.invitations:
        return NextStep(
            _("Somebody wants to record with you"),
            _("Say yes or no: an invitation does not wait for long."),
            reverse("scheduling:pair_list"),
            _("See who it is"),
            "pair",
        )
    return NextStep(
        _("Find a partner"),
        _("Sessions are for two. Give a friend your code, or find somebody on the partner board."),
        reverse("scheduling:pair_list"),
        _("Pair up"),
        "pair",
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
