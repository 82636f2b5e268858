"""What the rules did stands apart from what people type. Rules: R-21, R-23, R-26."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Message
from scheduling import bookings
from scheduling.telling import tell_bookings
from tests.factories import NOW, THURSDAY_MORNING, make_booking, make_slot

pytestmark = pytest.mark.django_db
WORDS = ["moved", "declined", "no-show", "the session to be moved was changed"]


def causes(booking):
    return list(booking.events.order_by("pk").values_list("new", "cause", "reason"))


@pytest.mark.parametrize("typed", WORDS)
def test_words_that_look_like_the_rules_own_silence_nothing(lin, mei, mara, client_for, typed):
    booking = make_booking(one=lin, other=mei)
    tell_bookings(now=NOW)

    bookings.cancel_booking(booking, by=mara, now=NOW, reason=typed)

    assert causes(booking)[-1] == ("cancelled", "", typed)
    tell_bookings(now=NOW)
    told = Message.objects.filter(template="booking_cancelled").values_list("person", flat=True)
    assert sorted(told) == sorted([lin.pk, mei.pk])
    client = client_for(lin)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("scheduling:booking_detail", args=[booking.pk])).content.decode()
    assert f"The studio&#x27;s reason: {typed}" in page


def test_rules_write_their_causes(lin, mei):
    booking = make_booking(one=lin, other=mei)
    day = timedelta(days=1)
    slots = [make_slot(project=booking.project, starts_at=THURSDAY_MORNING + day * n) for n in (1, 2)]
    declined = bookings.move_booking(booking, to_slot_id=slots[0].pk, by=lin, now=NOW)
    bookings.decline_booking(declined, by=mei, now=NOW)
    open_move = bookings.move_booking(booking, to_slot_id=slots[1].pk, by=lin, now=NOW)
    bookings.cancel_booking(booking, by=lin, now=NOW)

    assert causes(declined) == [("awaiting", "moved", ""), ("cancelled", "declined", "")]
    assert causes(open_move) == [("awaiting", "moved", ""), ("cancelled", "session_changed", "")]
    assert causes(booking)[-1] == ("cancelled", "", "")


def test_desk_shows_the_cause_in_words_and_the_reason_as_typed(lin, mara, client_for):
    booking = make_booking(one=lin)
    friday = make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    moved = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    bookings.cancel_booking(moved, by=mara, now=NOW, reason="moved")
    client = client_for(mara)
    client.cookies["django_language"] = "zh-hans"

    page = client.get(reverse("scheduling:booking_manage", args=[moved.pk])).content.decode()

    assert '<span class="text-quiet">已改期</span>' in page
    assert '<span class="text-quiet">moved</span>' in page
