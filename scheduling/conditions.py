"""The conditions of booking: what must be true of a slot, of a pair and of its two people."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.consents import scopes_in_force
from accounts.models import User
from accounts.people import age_on
from scheduling.condition_queries import BLOCKED, BOOKED, BORN, COUNTED, QUALIFIED, SEATED, STAFFED
from scheduling.models import (
    Booking,
    BookingStatus,
    Pair,
    Project,
    Qualification,
    QualificationStatus,
    ReleaseStatus,
    Slot,
    SlotStatus,
)


class BookingRefused(ValidationError):
    """A slot cannot be booked by this pair; `code` says which condition is not met."""


def local_date(slot: Slot) -> date:
    """Return the day of the slot in its city."""
    return slot.starts_at.astimezone(ZoneInfo(slot.booth.studio.city.timezone)).date()


def closes_at(slot: Slot) -> datetime:
    """Return the last moment at which the slot can be booked and answered. Rules: R-21, R-22."""
    return slot.starts_at - timedelta(hours=slot.project.booking_closes_hours)


def opens_at(slot: Slot) -> datetime:
    """Return the first moment at which the slot can be booked. Rule: R-22."""
    return slot.starts_at - timedelta(days=slot.project.booking_opens_days)


def is_unreleased(slot: Slot, *, now: datetime) -> bool:
    """
    Return whether the slot waits for its release moment, or for the draw that comes with it.

    A draw that is not over the project's `release_grace_minutes` after the moment keeps nobody waiting
    any longer. Who pressed before the moment and was read after it was too early all the same. Rule: R-45.
    """
    release = slot.release
    if release is None or release.status == ReleaseStatus.CANCELLED:
        return False
    if release.status == ReleaseStatus.OPEN:
        return now < release.opens_at
    return now < release.opens_at + timedelta(minutes=slot.project.release_grace_minutes)


def check_slot(slot: Slot, *, now: datetime) -> None:
    """
    Raise BookingRefused unless anybody may book the slot now: the codes of `check_offered`, or "not_released".

    Reads nothing besides the slot with its project, release, booth and studio. Rules: R-18, R-22, R-45.
    """
    check_offered(slot, now=now)
    if slot.release is not None and is_unreleased(slot, now=now):
        if now >= slot.release.opens_at:
            raise BookingRefused(
                _("The draw for this slot is running. Look again in a minute."), code="not_released"
            )
        raise BookingRefused(
            _("This slot opens for everybody on %(moment)s. Until then you can enter your wishes."),
            code="not_released",
            params={"moment": lazy(_write_moment, str)(slot.release.opens_at, zone_key_of(slot))},
        )


def zone_key_of(slot: Slot) -> str:
    """Return the name of the time zone of the slot's city."""
    return slot.booth.studio.city.timezone


def _write_moment(at: datetime, zone: str) -> str:
    return date_format(timezone.localtime(at, ZoneInfo(zone)), "DAY_TIME_FORMAT")


def check_offered(slot: Slot, *, now: datetime) -> None:
    """
    Raise BookingRefused unless the slot is offered at this time: "past", "closed", "too_late", "too_early".

    Of a slot that is somebody's already, or falls to them in a draw, nobody asks whether it
    is released to all. Rules: R-18, R-22.
    """
    if slot.starts_at <= now:
        raise BookingRefused(_("This slot is over. Choose a later one."), code="past")
    is_open = slot.booth.is_open and slot.booth.studio.is_open and slot.project.is_open
    if slot.status != SlotStatus.OPEN or not is_open:
        raise BookingRefused(_("This slot is closed. Choose another one."), code="closed")
    if now >= closes_at(slot):
        raise BookingRefused(
            _("Booking closes %(hours)s hours before the start. Choose a later slot."),
            code="too_late",
            params={"hours": slot.project.booking_closes_hours},
        )
    if now < opens_at(slot):
        raise BookingRefused(
            _("Booking opens %(days)s days before the start. Come back then."),
            code="too_early",
            params={"days": slot.project.booking_opens_days},
        )


def check_staff(slot: Slot) -> None:
    """Raise BookingRefused(code="unstaffed") below the project's `min_staff`. Hold the slot's lock. Rule: R-19."""
    if len(STAFFED(slot_id=slot.pk)) < slot.project.min_staff:
        raise BookingRefused(
            _("This slot is not open for booking. Choose another one, or look again later."),
            code="unstaffed",
        )


def check_free(slot: Slot, *, now: datetime) -> None:
    """Raise BookingRefused(code="taken") when a booking or an open seat stands on the slot. Rules: R-20, R-46."""
    if BOOKED(slot_id=slot.pk, now=now) or SEATED(slot_id=slot.pk):
        raise slot_taken()


def slot_taken() -> BookingRefused:
    """Return the refusal of a slot that somebody has. Rule: R-20."""
    return BookingRefused(_("Somebody has taken this slot. Choose another one."), code="taken")


def check_pair(pair: Pair, *, by: User, on: date) -> None:
    """Raise the first BookingRefused of `missing_conditions`."""
    for refusal in missing_conditions(pair, by=by, on=on):
        raise refusal


def missing_conditions(pair: Pair, *, by: User, on: date) -> Iterator[BookingRefused]:
    """
    Yield what keeps the pair from booking a session on the day `on`, seen by one of the two.

    Codes: "not_a_member", "pair_ended", "blocked", "not_qualified", "consent_missing",
    "too_young". Rules: R-3, R-4, R-15, R-16, R-17.
    """
    people = (pair.person_a, pair.person_b)
    if by not in people:
        yield BookingRefused(_("You are not one of this pair."), code="not_a_member")
        return
    if pair.ended_at is not None:
        yield BookingRefused(_("This pair has ended. Find a partner first."), code="pair_ended")
    if BLOCKED(a=pair.person_a_id, b=pair.person_b_id):
        yield BookingRefused(_("You cannot book with this partner."), code="blocked")
    yield from _qualification_problems(pair, by=by)
    for person in people:
        yield from _personal_problems(person, by=by, project=pair.project, on=on)


def _qualification_problems(pair: Pair, *, by: User) -> Iterator[BookingRefused]:
    people = (pair.person_a, pair.person_b)
    a, b = (person.pk for person in people)
    qualified_ids = {person_id for (person_id,) in QUALIFIED(a=a, b=b, project_id=pair.project_id)}
    for person in people:
        if person.pk not in qualified_ids:
            yield not_qualified(person, project_id=pair.project_id, by=by)


def not_qualified(person: User, *, project_id: int, by: User) -> BookingRefused:
    """
    Return the refusal for a person without an approved sample, with a suspended right, or a closed account.

    Why, only they themselves are told.
    """
    words = _("Your partner cannot book at the moment. Ask them to look at their own page.")
    if person == by:
        rights = Qualification.objects.filter(person=person, project=project_id)
        words = (
            _("Your right to book is suspended. Your attendance page says why, and how to object.")
            if rights.filter(status=QualificationStatus.SUSPENDED).exists()
            else _("You cannot book in this project yet. Your home page says what comes next.")
        )
    return BookingRefused(words, code="not_qualified")


def _personal_problems(person: User, *, by: User, project: Project, on: date) -> Iterator[BookingRefused]:
    """Yield what is missing of one person: consents, and age on the day."""
    is_self = person == by
    if not scopes_in_force(person).issuperset(project.consent_scopes):
        words = (
            _("Consents are missing that this project needs. Give them on your consent page.")
            if is_self
            else _("Your partner has consents to give first. Ask them to look at their consent page.")
        )
        yield BookingRefused(words, code="consent_missing")
    birth_on = next((birth_on for (birth_on,) in BORN(person_id=person.pk)), None)
    if birth_on is None or age_on(birth_on, on) < project.min_age_years:
        words = (
            _("You must be of age on the day of the session. Check your birth date on your profile page.")
            if is_self
            else _("Your partner must be of age on the day of the session.")
        )
        yield BookingRefused(words, code="too_young")


def missing_of_person(person: User, *, project: Project, on: date) -> Iterator[BookingRefused]:
    """
    Yield what keeps one person, seen by themselves, from a session on the day `on`.

    Codes: "not_qualified", "consent_missing", "too_young". Rules: R-3, R-4, R-15.
    """
    right = Qualification.objects.filter(
        project=project, person=person, person__is_active=True, status=QualificationStatus.ACTIVE
    )
    if not right.exists():
        yield not_qualified(person, project_id=project.pk, by=person)
    yield from _personal_problems(person, by=person, project=project, on=on)


def check_counts(pair: Pair, *, now: datetime) -> None:
    """
    Raise BookingRefused when one more booking would be too many: "max_live", "max_per_pair", "max_per_person".

    A confirmed booking and the one that may replace it count as one. One query. Hold
    the locks of both qualifications: they let the bookings of one person pass one by
    one, whatever the slot. Rules: R-17, R-22.
    """
    project, people = pair.project, (pair.person_a_id, pair.person_b_id)
    rows = COUNTED(a=people[0], b=people[1], project_id=project.pk, now=now)
    of_pair = [status for pair_id, status, _a, _b in rows if pair_id == pair.pk]
    live = sum(status != BookingStatus.COMPLETED for status in of_pair)
    if live >= project.max_live_bookings:
        raise _too_many("max_live", project.max_live_bookings)
    if len(of_pair) >= project.max_sessions_per_pair:
        raise _too_many("max_per_pair", project.max_sessions_per_pair)
    for person in people:
        if sum(person in both for _pair_id, _status, *both in rows) >= project.max_sessions_per_person:
            raise _too_many("max_per_person", project.max_sessions_per_person)


def has_all_sessions(person: User, *, project: Project, now: datetime) -> bool:
    """Return whether the person has as many sessions as one person can have in the project. Rule: R-17."""
    sessions = Booking.objects.counted(now=now).of(person).filter(project=project)
    return sessions.count() >= project.max_sessions_per_person


def _too_many(code: str, limit: int) -> BookingRefused:
    words = {
        "max_live": _("A pair has at most %(limit)s bookings at a time. Record or cancel one first."),
        "max_per_pair": _("A pair records at most %(limit)s sessions. Find another partner to go on."),
        "max_per_person": _("A person records at most %(limit)s sessions, and one of you has them all."),
    }
    return BookingRefused(words[code], code=code, params={"limit": limit})
