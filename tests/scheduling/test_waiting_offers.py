"""What comes free is offered to the first who can come, in the same transaction, as a hold. Rule: R-24."""

from datetime import timedelta

import pytest

from accounts.models import Message
from scheduling import bookings, offer_answers, rota, slots, telling, waiting
from scheduling.bookings import BookingRefused, MoveRefused
from scheduling.conditions import closes_at
from scheduling.models import Booking, BookingEvent, Pair, Project, Slot
from tests.factories import NOW, make_booking, make_pair, make_person, make_project, make_shift, make_slot
from tests.scheduling.test_waiting import make_waiting

pytestmark = pytest.mark.django_db
NINE = NOW.replace(hour=9)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project, starts_at=NINE + timedelta(days=7))


@pytest.fixture
def full(slot) -> Booking:
    return make_booking(slot=slot)


def cancel(booking, *, now=NOW):
    bookings.cancel_booking(booking, by=booking.pair.person_a, now=now)


def offer_of(slot) -> Booking | None:
    return Booking.objects.filter(slot=slot, status="held", waiting_entry__isnull=False).first()


def status_of(entry) -> str:
    entry.refresh_from_db()
    return entry.status


def refusal_of(rule, *args, **kwargs) -> str:
    with pytest.raises((BookingRefused, MoveRefused)) as refusal:
        rule(*args, **kwargs)
    return refusal.value.code


def test_cancelled_slot_is_held_for_the_first_in_line(full, slot, pair):
    first, second = make_waiting(slot, pair=pair), make_waiting(slot)

    cancel(full)

    offer = offer_of(slot)
    assert (offer.pair, offer.waiting_entry, offer.expires_at) == (pair, first, NOW + timedelta(hours=2))
    assert (status_of(first), status_of(second)) == ("offered", "waiting")
    assert BookingEvent.objects.get(booking=offer).by is None


@pytest.mark.parametrize("way", ["expire", "decline", "move", "cancel_question"])
def test_every_way_to_free_a_slot_offers_it(slot, pair, way):
    question = make_booking(slot=slot, status="awaiting")
    entry = make_waiting(slot, pair=pair)
    partner, holder = question.pair.person_b, question.booked_by

    if way == "expire":
        bookings.expire_bookings(now=question.expires_at)
    elif way == "decline":
        bookings.decline_booking(question, by=partner, now=NOW)
    elif way == "move":
        other = make_slot(project=slot.project, starts_at=NINE + timedelta(days=8))
        bookings.move_booking(question, to_slot_id=other.pk, by=holder, now=NOW)
    else:
        bookings.cancel_booking(question, by=holder, now=NOW)

    assert status_of(entry) == "offered"
    assert offer_of(slot).pair == pair


def test_yes_to_a_move_offers_the_old_slot(full, slot, pair):
    other = make_slot(project=slot.project, starts_at=NINE + timedelta(days=8))
    move = bookings.move_booking(full, to_slot_id=other.pk, by=full.pair.person_a, now=NOW)
    entry = make_waiting(slot, pair=pair)

    bookings.accept_booking(move, by=full.pair.person_b, now=NOW)

    assert status_of(entry) == "offered"


@pytest.mark.parametrize("obstacle", ["elsewhere", "max_live", "suspended", "blocked", "closed_account"])
def test_who_cannot_come_is_passed_over_and_keeps_the_place(full, slot, pair, lin, mei, obstacle):
    first, second = make_waiting(slot, pair=pair), make_waiting(slot)
    if obstacle == "elsewhere":
        beside = make_slot(project=slot.project, starts_at=slot.starts_at)
        make_booking(pair=make_pair(lin, make_person(), project=slot.project), one=lin, slot=beside)
    elif obstacle == "max_live":
        for day in (4, 5):
            make_booking(
                pair=pair, slot=make_slot(project=slot.project, starts_at=NINE + timedelta(days=day))
            )
    elif obstacle == "suspended":
        slot.project.qualifications.filter(person=mei).update(status="suspended")
    elif obstacle == "blocked":
        lin.blocks.create(blocked=mei, at=NOW)
    else:
        mei.is_active = False
        mei.save()

    cancel(full)

    assert offer_of(slot).waiting_entry == second
    assert (status_of(first), status_of(second)) == ("waiting", "offered")


def test_either_takes_the_offer_and_the_other_is_asked(full, slot, pair, lin, mei):
    entry = make_waiting(slot, pair=pair)
    cancel(full)
    offer = offer_of(slot)
    assert offer.booked_by == lin

    bookings.confirm_hold(offer, by=mei, now=NOW)
    bookings.accept_booking(offer, by=lin, now=NOW)

    assert (offer.status, offer.booked_by, offer.rate_fen) == ("confirmed", mei, 30000)
    assert status_of(entry) == "taken"


def test_no_goes_to_the_next(full, slot, pair, mei):
    first, second = make_waiting(slot, pair=pair), make_waiting(slot)
    cancel(full)

    offer_answers.refuse_offer(offer_of(slot), by=mei, now=NOW)

    assert (status_of(first), status_of(second)) == ("refused", "offered")


def test_no_answer_in_time_goes_to_the_next_until_nobody_is_left(full, slot):
    entries = [make_waiting(slot) for _number in range(3)]
    cancel(full)

    for hours in (2, 4):
        bookings.expire_bookings(now=NOW + timedelta(hours=hours, seconds=-1))
        bookings.expire_bookings(now=NOW + timedelta(hours=hours))
    assert [status_of(entry) for entry in entries] == ["missed", "missed", "offered"]
    bookings.expire_bookings(now=NOW + timedelta(hours=6))

    assert [status_of(entry) for entry in entries] == ["missed"] * 3
    assert offer_of(slot) is None
    assert make_booking(slot=slot, now=NOW + timedelta(hours=6)).status == "confirmed"


def test_offer_is_short_when_the_start_is_near_and_begins_after_the_quiet_hours(full, slot, pair):
    make_waiting(slot, pair=pair)
    night = slot.starts_at - timedelta(days=3) + timedelta(hours=14)  # 23:00, three days before

    cancel(full, now=night)

    eight = slot.starts_at - timedelta(days=2, hours=1)
    assert offer_of(slot).expires_at == eight + timedelta(hours=2)


def test_offer_of_the_last_night_ends_with_booking(full, slot, pair):
    make_waiting(slot, pair=pair)
    night = slot.starts_at - timedelta(days=2) + timedelta(hours=14)  # 23:00; booking closes at 9:00

    cancel(full, now=night)

    assert offer_of(slot).expires_at == slot.starts_at - timedelta(days=1, minutes=30)


def test_nothing_is_offered_that_nobody_could_answer(project, pair):
    early = make_slot(project=project, starts_at=NINE.replace(hour=8) + timedelta(days=7))
    full = make_booking(slot=early)
    entry = make_waiting(early, pair=pair)

    cancel(full, now=early.starts_at - timedelta(days=1, hours=9))  # 23:00; booking closes at 8:00

    assert (offer_of(early), status_of(entry)) == (None, "waiting")
    others = make_pair(make_person(), make_person(), project=project)
    night = early.starts_at - timedelta(days=1, hours=8)
    assert bookings.hold_slot(early.pk, pair=others, by=others.person_a, now=night).status == "held"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda offer, by: None, "offer_over"),
        (lambda offer, by: bookings.confirm_hold(offer, by=by, now=NOW), "offer_taken"),
        (lambda offer, by: offer_answers.refuse_offer(offer, by=by, now=NOW), "offer_refused"),
    ],
)
def test_offer_that_is_answered_twice_or_late_says_what_happened(full, slot, pair, lin, mei, act, code):
    make_waiting(slot, pair=pair)
    cancel(full)
    offer = offer_of(slot)
    act(offer, lin)
    late = NOW + timedelta(hours=2 if code == "offer_over" else 0)

    assert refusal_of(bookings.confirm_hold, offer, by=mei, now=late) == code
    assert refusal_of(offer_answers.refuse_offer, offer, by=mei, now=late) == code


def test_offer_is_answered_by_the_two_alone_and_a_hold_is_no_offer(full, slot, pair, stranger):
    make_waiting(slot, pair=pair)
    cancel(full)
    offer = offer_of(slot)
    assert refusal_of(bookings.confirm_hold, offer, by=stranger, now=NOW) == "not_yours"
    assert refusal_of(offer_answers.refuse_offer, offer, by=stranger, now=NOW) == "not_yours"
    hold = make_booking(
        project=slot.project, slot=make_slot(project=slot.project, starts_at=slot.starts_at), status="held"
    )

    assert refusal_of(offer_answers.refuse_offer, hold, by=hold.booked_by, now=NOW) == "not_offered"


def test_offer_keeps_others_out_and_who_is_next_is_asked_before_strangers(full, slot, pair):
    make_waiting(slot, pair=pair)
    cancel(full)
    others = make_pair(make_person(), make_person(), project=slot.project)
    late = NOW + timedelta(hours=2)
    second = make_waiting(slot)
    assert refusal_of(bookings.hold_slot, slot.pk, pair=others, by=others.person_a, now=NOW) == "taken"

    # The offer is over, and the sweeper has not come by: the claimant is not faster than the line.
    assert refusal_of(bookings.hold_slot, slot.pk, pair=others, by=others.person_a, now=late) == "taken"

    bookings.expire_bookings(now=late)
    assert status_of(second) == "offered"


def test_line_is_asked_before_strangers_when_no_offer_was_made(full, slot, pair):
    first = make_waiting(slot, pair=pair)
    Booking.objects.filter(pk=full.pk).update(status="cancelled")
    full.occupancy.all().delete()
    others = make_pair(make_person(), make_person(), project=slot.project)
    assert refusal_of(bookings.hold_slot, slot.pk, pair=others, by=others.person_a, now=NOW) == "line"

    held = bookings.hold_slot(slot.pk, pair=pair, by=pair.person_a, now=NOW)

    assert (held.status, held.waiting_entry, status_of(first)) == ("held", None, "taken")


def test_sweep_offers_what_was_missed_and_twice_does_nothing(full, slot, pair):
    first = make_waiting(slot, pair=pair)
    Booking.objects.filter(pk=full.pk).update(status="cancelled")
    full.occupancy.all().delete()

    assert [waiting.sweep_lines(now=NOW) for _run in range(2)] == [1, 0]

    assert status_of(first) == "offered"


def test_slot_that_lacks_staff_is_offered_when_it_has_them_again(full, slot, pair, mara, oskar):
    first = make_waiting(slot, pair=pair)
    shift = slot.shifts.first()
    rota.withdraw_shift(shift, by=mara, now=NOW, reason="ill")
    cancel(full)
    assert status_of(first) == "waiting"

    make_shift(slot, person=oskar, by=mara)

    assert status_of(first) == "offered"


def test_offer_that_could_not_be_taken_for_want_of_staff_gives_the_place_back(full, slot, pair, mara, lin):
    first = make_waiting(slot, pair=pair)
    cancel(full)
    rota.withdraw_shift(slot.shifts.first(), by=mara, now=NOW, reason="ill")
    assert refusal_of(bookings.confirm_hold, offer_of(slot), by=lin, now=NOW) == "unstaffed"

    bookings.expire_bookings(now=NOW + timedelta(hours=2))

    assert status_of(first) == "waiting"


def test_offer_that_is_overdue_has_the_slot_until_it_is_expired(full, slot, pair, mara):
    first, second = make_waiting(slot, pair=pair), make_waiting(slot)
    cancel(full)
    late = NOW + timedelta(hours=2)

    make_shift(slot, by=mara, now=late)
    assert [status_of(first), status_of(second)] == ["offered", "waiting"]
    assert not waiting.offer_slot(slot.pk, now=late)
    bookings.expire_bookings(now=late)

    assert [status_of(first), status_of(second)] == ["missed", "offered"]


def test_offer_of_a_slot_that_was_closed_and_opened_again(full, slot, pair, mara):
    cancel(full)
    slots.close_slot(slot, by=mara, now=NOW, reason="Booth broken")
    slots.open_slot(slot, by=mara, now=NOW)
    slot.waiting_entries.create(project=slot.project, pair=pair, made_by=pair.person_a, made_at=NOW)

    make_shift(slot, by=mara)
    assert offer_of(slot) is None
    make_shift(slot, by=mara)

    assert offer_of(slot).pair == pair


def test_both_are_told_once_while_it_stands_and_in_the_daytime(full, slot, pair, lin, mei):
    make_waiting(slot, pair=pair)
    cancel(full, now=NOW.replace(hour=22))

    telling.tell_bookings(now=NOW.replace(hour=22))
    assert telling.tell_bookings(now=NOW.replace(hour=22)) == 0

    told = Message.objects.filter(template="slot_offered").order_by("person")
    assert [message.person for message in told] == [lin, mei]
    assert {message.not_before for message in told} == {NOW.replace(hour=8) + timedelta(days=1)}
    assert {message.expires_at for message in told} == {NOW.replace(hour=10) + timedelta(days=1)}
    assert {message.params["until"] for message in told} == {"3月3日 周二 10:00"}


def test_offer_that_was_answered_is_not_told_any_more(full, slot, pair, lin):
    make_waiting(slot, pair=pair)
    cancel(full)
    telling.tell_bookings(now=NOW)
    message = Message.objects.filter(template="slot_offered").first()
    assert telling.find_objection(message, now=NOW) == ""

    bookings.confirm_hold(offer_of(slot), by=lin, now=NOW)

    assert telling.find_objection(message, now=NOW)


def test_closing_time_is_the_end_of_an_offer(full, slot, pair):
    make_waiting(slot, pair=pair)
    at = closes_at(slot) - timedelta(minutes=20)

    cancel(full, now=at)

    assert offer_of(slot).expires_at == closes_at(slot)
