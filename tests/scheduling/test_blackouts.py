"""Blackouts: what is closed, what stays, and whom it hurts; exceptions of weekly templates."""

from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from scheduling import blackouts, rota, slots, weekly
from scheduling.blackouts import BlackoutRefused
from scheduling.models import Blackout, Slot, SlotStatus, TemplateException
from tests.factories import NOW, THURSDAY_MORNING, make_booth, make_city, make_pair, make_project, make_slot
from tests.scheduling.test_rota import make_live_booking
from tests.scheduling.test_slots import make_template, refusal_of

pytestmark = pytest.mark.django_db

ON = date(2026, 3, 5)


def declare(place, *, by, from_on=ON, to_on=ON, reason="repair", closes_free=True, now=NOW):
    return blackouts.declare_blackout(
        place, from_on=from_on, to_on=to_on, reason=reason, closes_free=closes_free, by=by, now=now
    )


def blackout_refusal(function, *args, **kwargs):
    with pytest.raises(BlackoutRefused) as refusal:
        function(*args, **kwargs)
    return refusal.value.code


@pytest.fixture
def project():
    return make_project()


def test_blackout_closes_free_slots_and_leaves_booked_ones(lin, mei, mara, project):
    booth = make_booth()
    booked = make_slot(project=project, booth=booth)
    free = make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=5))
    day_after = make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(days=1))
    elsewhere = make_slot(project=project)
    booking = make_live_booking(booked, make_pair(lin, mei, project=project))

    foreseen = blackouts.foresee_blackout(booth, from_on=ON, to_on=ON, now=NOW)
    done = declare(booth, by=mara)

    assert (foreseen.free, foreseen.booked) == ([free], [booking])
    assert (done.closed, done.left.free, done.left.booked) == ([free], [], [booking])
    booking.refresh_from_db()
    assert booking.status == "held"
    assert set(Slot.objects.filter(status=SlotStatus.OPEN)) == {booked, day_after, elsewhere}
    assert rota.staff_counts([free, booked]) == {free.pk: 0, booked.pk: 2}
    assert free.events.latest("pk").reason == "repair"


def test_blackout_leaves_free_slots_open_when_told_so(mara, project):
    slot = make_slot(project=project)

    done = declare(slot.booth, by=mara, closes_free=False)

    assert (done.closed, done.left.free) == ([], [slot])
    assert Slot.objects.get().status == SlotStatus.OPEN


def test_blackout_closes_a_hundred_at_a_time_and_the_rest_later(mara, project):
    booth = make_booth()
    Slot.objects.bulk_create(
        Slot(project=project, booth=booth, starts_at=at, ends_at=at + timedelta(minutes=30))
        for at in (THURSDAY_MORNING + timedelta(minutes=30 * number) for number in range(130))
    )
    last = ON + timedelta(days=3)
    with CaptureQueriesContext(connection) as queries:
        done = declare(booth, by=mara, to_on=last)
    assert (len(done.closed), done.left.free) == (130, [])
    read = [
        one["sql"] for one in queries if 'FROM "scheduling_slot"' in one["sql"] and 'id" IN (' in one["sql"]
    ]
    assert [len(sql.partition('id" IN (')[2].partition(")")[0].split(",")) for sql in read] == [100, 30]
    Slot.objects.filter(pk=done.closed[0].pk).update(status=SlotStatus.OPEN)

    assert declare(booth, by=mara, to_on=last, closes_free=False).blackout == done.blackout
    assert blackouts.close_free_of(done.blackout, by=mara, now=NOW) == [done.closed[0]]
    assert blackouts.close_free_of(done.blackout, by=mara, now=NOW) == []
    blackouts.lift_blackout(done.blackout, by=mara, now=NOW)
    assert blackout_refusal(blackouts.close_free_of, done.blackout, by=mara, now=NOW) == "lifted"


def test_blackout_days_are_those_of_the_city(mara, project):
    west = make_booth(city=make_city(name="Honolulu", name_zh="檀香山", timezone="Pacific/Honolulu"))
    # Thursday 20:00 there is Friday 06:00 in UTC and 14:00 in Shanghai.
    evening = make_slot(
        project=project, booth=west, starts_at=THURSDAY_MORNING + timedelta(hours=29), staff=0
    )

    assert declare(west.studio.city, by=mara).closed == [evening]


def test_blackout_refuses_bad_days_and_no_reason(mara, project):
    booth = make_booth()

    assert blackout_refusal(declare, booth, by=mara, to_on=date(2026, 3, 4)) == "range"
    assert blackout_refusal(declare, booth, by=mara, to_on=ON + timedelta(days=366)) == "range"
    assert blackout_refusal(declare, booth, by=mara, reason=" ") == "reason"
    yesterday = date(2026, 3, 1)
    assert blackout_refusal(declare, booth, by=mara, from_on=yesterday, to_on=yesterday) == "past"
    assert (
        blackout_refusal(blackouts.foresee_blackout, booth, from_on=yesterday, to_on=yesterday, now=NOW)
        == "past"
    )
    declare(booth, by=mara, from_on=yesterday, to_on=date(2026, 3, 2))


def test_blackout_refuses_slots_by_hand_and_openings(mara, project):
    closed = make_slot(project=project, staff=0)
    slots.close_slot(closed, by=mara, now=NOW, reason="ill")
    blackout = declare(closed.booth, by=mara).blackout

    at = THURSDAY_MORNING + timedelta(hours=5)
    refusal = refusal_of(slots.add_slot, project, booth=closed.booth, starts_at=at, by=mara, now=NOW)
    assert (refusal.code, "repair" in refusal.messages[0]) == ("blackout", True)
    assert refusal_of(slots.open_slot, closed, by=mara, now=NOW).code == "blackout"
    blackouts.lift_blackout(blackout, by=mara, now=NOW)
    slots.open_slot(closed, by=mara, now=NOW)


def test_blackout_is_lifted_once(mara):
    blackout = declare(None, by=mara).blackout

    blackouts.lift_blackout(blackout, by=mara, now=NOW)

    assert blackout_refusal(blackouts.lift_blackout, blackout, by=mara, now=NOW) == "lifted"
    blackout.refresh_from_db()
    assert (blackout.lifted_by, blackout.lifted_at) == (mara, NOW)


@pytest.mark.parametrize(
    "bad", [{"to_on": date(2026, 3, 4)}, {"city": True, "booth": True}, {"lifted_at": NOW}]
)
def test_database_refuses_a_blackout_that_cannot_be(mara, bad):
    booth = make_booth()
    places = {"city": booth.studio.city, "booth": booth}
    row = {"from_on": ON, "to_on": ON, "reason": "x", "made_by": mara, "made_at": NOW}

    with pytest.raises(IntegrityError), transaction.atomic():
        Blackout.objects.create(**row | {key: places.get(key, value) for key, value in bad.items()})


def test_a_slot_ends_on_the_day_it_begins(mara, project):
    booth = make_booth()
    late = THURSDAY_MORNING.replace(hour=21)

    def add(starts_at):
        return slots.add_slot(project, booth=booth, starts_at=starts_at, by=mara, now=NOW)

    assert refusal_of(add, late + timedelta(minutes=30)).code == "midnight"
    add(late)


# --- templates ---


def test_template_refuses_what_would_pass_midnight(project):
    assert refusal_of(make_template, project, make_booth(), starts_time=time(21, 30)).code == "midnight"
    make_template(project, make_booth(), starts_time=time(21))


def test_template_refuses_itself_across_the_end_of_the_week(project):
    booth = make_booth()
    make_template(project, booth, weekday=6, starts_time=time(21))

    assert refusal_of(make_template, project, booth, weekday=0, starts_time=time(0)).code == "overlap"
    make_template(project, booth, weekday=0, starts_time=time(0, 30))


def test_templates_refuse_a_last_day_that_is_past(project):
    days = {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 3, 1)}
    refusal = refusal_of(
        weekly.create_templates, project=project, booth=make_booth(), times=[(0, time(9))], **days, now=NOW
    )

    assert refusal.code == "past"


def test_exceptions_refuse_bad_days_and_times(mara, project):
    template = make_template(project, make_booth(), valid_from=date(2026, 2, 1), valid_to=date(2026, 3, 31))
    common = {"reason": "", "by": mara, "now": NOW}

    def leave_out(on):
        return refusal_of(weekly.leave_out, template, on=on, **common).code

    def one_off(on, at):
        return refusal_of(weekly.add_one_off, template, on=on, starts_time=at, **common).code

    assert leave_out(date(2026, 2, 26)) == "past"
    assert leave_out(date(2026, 4, 2)) == "range"
    assert leave_out(date(2026, 3, 6)) == "weekday"
    weekly.leave_out(template, on=ON, **common)
    assert leave_out(ON) == "exists"
    assert one_off(date(2026, 3, 1), time(9)) == "past"
    assert one_off(date(2026, 4, 1), time(9)) == "range"
    assert one_off(ON, time(9, 10)) == "grid"
    assert one_off(ON, time(22)) == "midnight"
    assert one_off(ON, time(9)) == "exists"
    weekly.add_one_off(template, on=ON, starts_time=time(10), **common)
    assert one_off(ON, time(10)) == "exists"


def test_an_exception_can_be_removed(mara, project):
    template = make_template(project, make_booth())
    exception = weekly.leave_out(template, on=ON, reason="", by=mara, now=NOW)

    weekly.remove_exception(exception)

    assert TemplateException.objects.count() == 0
