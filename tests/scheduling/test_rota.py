from datetime import timedelta

import pytest

from accounts.access import Role
from scheduling import occupancy, rota, slots, working_times
from scheduling.models import Booking, Occupancy, Project, ShiftStatus, StudioStaff
from scheduling.rota import RotaDoubtful, RotaRefused
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booth,
    make_pair,
    make_project,
    make_shift,
    make_slot,
    make_staff,
)

pytestmark = pytest.mark.django_db


def make_live_booking(slot, pair, *, now=NOW):
    """Return a hold with its occupancy, as booking it would leave them."""
    booking = Booking.objects.create(
        project=slot.project,
        slot=slot,
        pair=pair,
        booked_by=pair.person_a,
        made_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    occupancy.claim_booking(booking, slot=slot, pair=pair)
    return booking


def employ(person, slot):
    employ_at(person, slot.booth.studio)


def employ_at(person, studio):
    StudioStaff.objects.create(studio=studio, person=person)


def test_assign_writes_shift_event_and_occupancy(oskar, mara, now):
    slot = make_slot(project=make_project(), staff=0)
    employ(oskar, slot)

    shift = rota.assign_staff(slot, person=oskar, by=mara, now=now)

    assert list(shift.events.values_list("old", "new", "by", "at")) == [("", "assigned", mara.pk, now)]
    ticks = Occupancy.objects.filter(kind="person", resource_id=oskar.pk, shift=shift)
    assert list(ticks.order_by("tick").values_list("tick", flat=True)) == list(
        occupancy.ticks_between(slot.starts_at, slot.ends_at)
    )


def refused(slot, person, *, by, now=NOW):
    with pytest.raises(RotaRefused) as refusal:
        rota.assign_staff(slot, person=person, by=by, now=now)
    return refusal.value.code


def test_assign_refuses_somebody_who_does_not_work_in_the_studio(oskar, mara):
    slot = make_slot(project=make_project(), staff=0)

    assert refused(slot, oskar, by=mara) == "not_staff"


def test_assign_refuses_somebody_who_left(oskar, mara):
    slot = make_slot(project=make_project(), staff=0)
    employ(oskar, slot)
    oskar.is_active = False

    assert refused(slot, oskar, by=mara) == "not_staff"


def test_assign_refuses_the_same_person_twice(oskar, mara):
    slot = make_slot(project=make_project(), staff=0)
    make_shift(slot, person=oskar, by=mara)

    assert refused(slot, oskar, by=mara) == "already"


def test_assign_refuses_a_person_in_two_places(oskar, mara):
    project = make_project()
    make_shift(make_slot(project=project, staff=0), person=oskar, by=mara)
    other = make_slot(project=project, staff=0)
    employ(oskar, other)

    assert refused(other, oskar, by=mara) == "elsewhere"


def test_assign_takes_a_person_for_the_next_slot_of_the_day(oskar, mara, now):
    project, booth = make_project(), make_booth()
    first = make_slot(project=project, booth=booth, staff=0)
    make_shift(first, person=oskar, by=mara)
    next_one = make_slot(project=project, booth=make_booth(), starts_at=first.ends_at, staff=0)

    assert make_shift(next_one, person=oskar, by=mara).status == ShiftStatus.ASSIGNED


def test_assign_refuses_a_participant_of_a_session_at_that_time(lin, mei, mara):
    project = make_project()
    make_live_booking(make_slot(project=project), make_pair(lin, mei, project=project))
    other = make_slot(project=project, staff=0)
    employ(lin, other)

    assert refused(other, lin, by=mara) == "takes_part"


def doubted(slot, person, *, by):
    with pytest.raises(RotaDoubtful) as refusal:
        rota.assign_staff(slot, person=person, by=by, now=NOW)
    assert refusal.value.code == refusal.value.codes[0]
    return refusal.value.codes


def make_day(*, hours, booth=None, days=0):
    """Return slots of one booth, or of one each, at these hours of a Thursday."""
    project = Project.objects.first() or make_project()
    at = THURSDAY_MORNING + timedelta(days=days)
    return [
        make_slot(project=project, booth=booth or make_booth(), starts_at=at.replace(hour=hour), staff=0)
        for hour in hours
    ]


def test_assign_doubts_a_day_or_week_over_the_limit(oskar, mara, now):
    booth = make_booth()
    morning, afternoon, evening = make_day(hours=(9, 14, 18), booth=booth)
    for slot in (morning, afternoon):
        make_shift(slot, person=oskar, by=mara)
    working_times.set_limits(oskar, per_day=None, per_week=2, by=mara, now=now)
    [friday] = make_day(hours=(9,), booth=booth, days=1)

    assert doubted(evening, oskar, by=mara) == ["over_day", "over_week"]
    assert doubted(friday, oskar, by=mara) == ["over_week"]
    shift = rota.assign_staff(evening, person=oskar, by=mara, now=now, reason="nobody else")
    assert shift.events.get().reason == "nobody else"


def test_assign_doubts_who_said_that_they_cannot_come(oskar, mara, now):
    [slot] = make_day(hours=(9,))
    employ(oskar, slot)
    working_times.set_week(oskar, times=set(), wished_hours=15, by=oskar, now=now)

    assert doubted(slot, oskar, by=mara) == ["unavailable"]
    assert rota.assign_staff(slot, person=oskar, by=mara, now=now, reason="they agreed by phone")


def test_assign_doubts_a_way_without_its_time(oskar, mara, now):
    first, second = make_day(hours=(9, 12))
    make_shift(first, person=oskar, by=mara)
    employ(oskar, second)

    assert doubted(second, oskar, by=mara) == ["travel"]


def test_no_reason_overrules_two_places_or_a_stranger(oskar, mara, now):
    first, second = make_day(hours=(9, 9))
    make_shift(first, person=oskar, by=mara)
    for slot, code in ((first, "already"), (second, "not_staff")):
        with pytest.raises(RotaRefused) as refusal:
            rota.assign_staff(slot, person=oskar, by=mara, now=now, reason="I want it")
        assert refusal.value.code == code
    employ(oskar, second)
    with pytest.raises(RotaRefused) as refusal:
        rota.assign_staff(second, person=oskar, by=mara, now=now, reason="I want it")
    assert refusal.value.code == "elsewhere"


def test_proposed_person_is_refused_once_the_slot_is_full(oskar, mara, now):
    slot = make_slot(project=make_project(), staff=2)
    employ(oskar, slot)

    with pytest.raises(RotaRefused) as refusal:
        rota.assign_staff(slot, person=oskar, by=mara, now=now, is_proposed=True)

    assert refusal.value.code == "full"
    assert rota.assign_staff(slot, person=oskar, by=mara, now=now)


def test_assign_refuses_a_closed_slot(oskar, mara, now):
    slot = make_slot(project=make_project(), staff=0)
    employ(oskar, slot)
    slots.close_slot(slot, by=mara, now=now, reason="water damage")

    assert refused(slot, oskar, by=mara) == "closed"


def test_assign_works_until_the_slot_ends_and_not_after(oskar, mara):
    slot = make_slot(project=make_project(), staff=0)
    employ(oskar, slot)

    assert refused(slot, oskar, by=mara, now=slot.ends_at) == "past"
    rota.assign_staff(slot, person=oskar, by=mara, now=slot.ends_at - timedelta(seconds=1))


def test_withdraw_frees_the_person_and_writes_the_reason(oskar, mara, now):
    project = make_project()
    slot, other = make_slot(project=project, staff=0), make_slot(project=project, staff=0)
    shift = make_shift(slot, person=oskar, by=mara)

    rota.withdraw_shift(shift, by=mara, now=now, reason="ill")

    assert list(shift.events.order_by("pk").values_list("old", "new", "reason"))[1:] == [
        ("assigned", "withdrawn", "ill")
    ]
    assert make_shift(other, person=oskar, by=mara).status == ShiftStatus.ASSIGNED


def test_withdraw_twice_is_refused(oskar, mara, now):
    shift = make_shift(make_slot(project=make_project(), staff=0), person=oskar, by=mara)
    rota.withdraw_shift(shift, by=mara, now=now, reason="ill")

    with pytest.raises(RotaRefused) as refusal:
        rota.withdraw_shift(shift, by=mara, now=now, reason="ill")

    assert refusal.value.code == "moved"


def test_withdraw_after_the_slot_is_refused(oskar, mara):
    slot = make_slot(project=make_project(), staff=0)
    shift = make_shift(slot, person=oskar, by=mara)

    with pytest.raises(RotaRefused) as refusal:
        rota.withdraw_shift(shift, by=mara, now=slot.ends_at, reason="ill")

    assert refusal.value.code == "past"


def test_a_withdrawn_person_can_be_assigned_again(oskar, mara, now):
    slot = make_slot(project=make_project(), staff=0)
    rota.withdraw_shift(make_shift(slot, person=oskar, by=mara), by=mara, now=now, reason="ill")

    again = rota.assign_staff(slot, person=oskar, by=mara, now=now)

    assert list(slot.shifts.filter(status=ShiftStatus.ASSIGNED)) == [again]


def test_understaffed_names_booked_slots_with_too_few(lin, mei, mara, now):
    project = make_project()
    booked = make_slot(project=project, staff=2)
    make_live_booking(booked, make_pair(lin, mei, project=project))
    make_slot(project=project, staff=1)
    assert list(rota.understaffed(now=now)) == []

    rota.withdraw_shift(booked.shifts.first(), by=mara, now=now, reason="ill")

    assert list(rota.understaffed(now=now)) == [booked]
    assert list(rota.understaffed(now=booked.ends_at)) == []


def test_is_staffed_needs_as_many_as_the_project_says(mara):
    project = make_project(min_staff=2)
    one, two = make_slot(project=project, staff=1), make_slot(project=project, staff=2)

    assert rota.is_staffed(one, project=project) is False
    assert rota.is_staffed(two, project=project) is True


@pytest.mark.parametrize("rows", [1, 3])
def test_staff_counts_reads_many_slots_in_one_query(django_assert_num_queries, rows):
    project = make_project()
    made = [make_slot(project=project, staff=i) for i in range(rows)]

    with django_assert_num_queries(1):
        counts = rota.staff_counts(made)

    assert counts == {slot.pk: i for i, slot in enumerate(made)}


def test_staff_is_not_limited_to_one_studio(mara, now):
    project, person = make_project(), make_staff(Role.OPERATOR)
    first = make_slot(project=project, staff=0)
    second = make_slot(project=project, starts_at=first.starts_at + timedelta(days=1), staff=0)

    made = [make_shift(first, person=person, by=mara), make_shift(second, person=person, by=mara)]

    assert [shift.person for shift in made] == [person, person]
