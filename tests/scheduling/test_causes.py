"""What the rules did stands apart from what people type. Rules: R-21, R-23, R-26."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.migrations.state import ProjectState
from django.urls import reverse

from accounts.append_only import AllowChanges, ForbidChanges
from accounts.models import Message
from scheduling import bookings
from scheduling.attendance import record_attendance
from scheduling.models import BookingCause, BookingEvent
from scheduling.telling import tell_bookings
from tests.factories import NOW, THURSDAY_MORNING, make_booking, make_slot

pytestmark = pytest.mark.django_db
WORDS = ["moved", "declined", "no-show", "the session to be moved was changed"]
MIGRATION = import_module("scheduling.migrations.0010_causes_of_events")


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


# --- the rows of before ---


def make_old(booking, *, cause, reason, by):
    """Write the last event again as it was before there were causes."""
    last = booking.events.latest("pk")
    old = BookingEvent.objects.create(
        booking=booking, old=last.old, new=last.new, by=by, at=NOW, cause=cause, reason=reason
    )
    return old.pk


def change_rows(change):
    """Do what the migration does: between the operations that take the triggers off and set them again."""
    state = ProjectState.from_apps(apps)
    editor = connection.schema_editor(atomic=False)
    editor.deferred_sql = []
    AllowChanges("BookingEvent").database_forwards("scheduling", editor, state, state)
    change(apps, editor)
    ForbidChanges("BookingEvent").database_forwards("scheduling", editor, state, state)


def test_old_rows_get_their_causes_and_what_staff_typed_stays(lin, mei, mara):
    booking = make_booking(one=lin, other=mei)
    friday = make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    move = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    bookings.decline_booking(move, by=mei, now=NOW)
    rows = {
        make_old(move, cause="", reason="declined", by=mei): ("declined", ""),
        make_old(move, cause="", reason="the session to be moved was changed", by=mara): (
            "session_changed",
            "",
        ),
        make_old(move, cause="", reason="moved", by=lin): ("moved", ""),
        make_old(move, cause="", reason="moved", by=mara): ("", "moved"),
        make_old(move, cause="", reason="declined", by=mara): ("", "declined"),
    }
    start = booking.slot.starts_at
    bookings.fail_booking(booking, by=mara, now=start, reason="Power cut")
    rows[make_old(booking, cause="", reason="no-show", by=mara)] = ("", "no-show")
    change_rows(MIGRATION.name_causes)
    assert {row.pk: (row.cause, row.reason) for row in BookingEvent.objects.filter(pk__in=rows)} == rows

    record_attendance(booking, person=mei, outcome="no_show", by=mara, now=start)
    late = make_old(booking, cause="", reason="no-show", by=mara)
    change_rows(MIGRATION.name_causes)
    assert BookingEvent.objects.get(pk=late).cause == BookingCause.NO_SHOW

    change_rows(MIGRATION.write_words)
    assert BookingEvent.objects.get(pk=late).reason == "no-show"
    with pytest.raises(IntegrityError), transaction.atomic():
        BookingEvent.objects.filter(pk=late).update(reason="forged")
