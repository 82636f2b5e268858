from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import rota, slots
from scheduling.models import ShiftStatus, Slot, SlotEvent, SlotStatus, SlotTemplate
from scheduling.slots import SlotRefused
from tests.factories import NOW, THURSDAY_MORNING, make_booth, make_city, make_pair, make_project, make_slot
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 8)
THURSDAY = 3


def make_template(project, booth, *, weekday=THURSDAY, starts_time=time(9), valid_from=MONDAY, valid_to=None):
    return slots.create_template(
        project,
        booth=booth,
        weekday=weekday,
        starts_time=starts_time,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def refusal_of(function, *args, **kwargs):
    with pytest.raises(SlotRefused) as refusal:
        function(*args, **kwargs)
    return refusal.value


def test_create_template_takes_three_slots_a_day():
    project, booth = make_project(), make_booth()

    for hour in (9, 14, 18):
        make_template(project, booth, starts_time=time(hour))

    assert SlotTemplate.objects.count() == 3


def test_create_template_refuses_an_overlap_in_one_booth():
    project, booth = make_project(), make_booth()
    make_template(project, booth)

    assert refusal_of(make_template, project, booth, starts_time=time(12)).code == "overlap"
    make_template(project, booth, starts_time=time(12, 30))


def test_create_template_refuses_an_overlap_with_another_project():
    booth = make_booth()
    make_template(make_project(), booth)

    other = make_project(slug="other", name="Other", slot_minutes=60)

    assert refusal_of(make_template, other, booth, starts_time=time(11)).code == "overlap"


def test_create_template_lets_other_booths_and_other_days_be():
    project, booth = make_project(), make_booth()
    make_template(project, booth)

    make_template(project, make_booth())
    make_template(project, booth, weekday=THURSDAY + 1)

    assert SlotTemplate.objects.count() == 3


def test_create_template_may_follow_one_that_ended():
    project, booth = make_project(), make_booth()
    slots.end_template(make_template(project, booth), on=SUNDAY)

    make_template(project, booth, valid_from=date(2026, 3, 9))

    assert refusal_of(make_template, project, booth, valid_from=SUNDAY).code == "overlap"


def test_create_template_refuses_times_off_the_grid():
    assert refusal_of(make_template, make_project(), make_booth(), starts_time=time(9, 15)).code == "grid"


def test_create_template_refuses_an_end_before_its_beginning():
    refusal = refusal_of(make_template, make_project(), make_booth(), valid_to=date(2026, 3, 1))

    assert refusal.code == "range"


def test_end_template_refuses_days_outside_of_it():
    template = make_template(make_project(), make_booth(), valid_to=SUNDAY)

    assert refusal_of(slots.end_template, template, on=date(2026, 3, 1)).code == "range"
    assert refusal_of(slots.end_template, template, on=date(2026, 3, 9)).code == "range"


def publish(project, *, from_on=MONDAY, to_on=SUNDAY, by, now=NOW):
    return slots.publish_slots(project=project, from_on=from_on, to_on=to_on, by=by, now=now)


def test_publish_makes_slots_in_the_citys_time(mara, now):
    project = make_project()
    chengdu = make_booth()
    berlin = make_booth(city=make_city(name="Berlin", name_zh="柏林", timezone="Europe/Berlin"))
    make_template(project, chengdu)
    make_template(project, berlin)

    publish(project, by=mara)

    assert list(Slot.objects.values_list("booth", "starts_at", "ends_at", "status")) == [
        (
            chengdu.pk,
            datetime(2026, 3, 5, 1, tzinfo=UTC),
            datetime(2026, 3, 5, 4, tzinfo=UTC),
            "open",
        ),
        (berlin.pk, datetime(2026, 3, 5, 8, tzinfo=UTC), datetime(2026, 3, 5, 11, tzinfo=UTC), "open"),
    ]
    assert list(SlotEvent.objects.values_list("old", "new", "by", "at")) == [("", "open", mara.pk, now)] * 2


def test_publish_twice_makes_nothing_twice(mara):
    project = make_project()
    make_template(project, make_booth())
    first = publish(project, to_on=date(2026, 3, 15), by=mara)

    again = publish(project, to_on=date(2026, 3, 22), by=mara)

    assert [len(first), len(again)] == [2, 1]
    assert Slot.objects.count() == 3


def test_publish_does_not_open_a_closed_slot_again(mara, now):
    project = make_project()
    make_template(project, make_booth())
    [slot] = publish(project, by=mara)
    slots.close_slot(slot, by=mara, now=now, reason="holiday")

    assert publish(project, by=mara) == []
    slot.refresh_from_db()
    assert slot.status == SlotStatus.CLOSED


def test_publish_skips_what_is_past(mara):
    project = make_project()
    make_template(project, make_booth())

    assert publish(project, by=mara, now=THURSDAY_MORNING) == []
    assert len(publish(project, by=mara, now=THURSDAY_MORNING - timedelta(seconds=1))) == 1


def test_publish_skips_closed_booths_and_studios(mara):
    project, booth, other = make_project(), make_booth(), make_booth()
    make_template(project, booth)
    make_template(project, other)
    booth.is_open = other.studio.is_open = False
    booth.save()
    other.studio.save()

    assert publish(project, by=mara) == []


def test_publish_keeps_to_the_days_of_the_template(mara):
    project = make_project()
    make_template(project, make_booth(), valid_from=date(2026, 3, 9), valid_to=date(2026, 3, 15))

    made = publish(project, to_on=date(2026, 3, 31), by=mara)

    assert [slot.starts_at.date() for slot in made] == [date(2026, 3, 12)]


def test_publish_leaves_out_what_a_slot_made_by_hand_is_too_near_to(mara):
    project, booth = make_project(), make_booth()
    make_template(project, booth)
    make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=1), staff=0)

    plan = slots.plan_slots(project=project, from_on=MONDAY, to_on=SUNDAY, now=NOW)

    assert [planned.obstacle for planned in plan] == ["overlap"]
    assert publish(project, by=mara) == []


@pytest.mark.parametrize(
    ("to_on", "is_refused"), [(date(2026, 3, 1), True), (date(2026, 6, 1), False), (date(2026, 6, 2), True)]
)
def test_publish_takes_at_most_92_days(mara, to_on, is_refused):
    project = make_project()

    if is_refused:
        assert refusal_of(publish, project, to_on=to_on, by=mara).code == "range"
    else:
        assert publish(project, to_on=to_on, by=mara) == []


def test_publish_costs_the_same_for_one_and_three_templates(mara):
    counts = []
    for slug, templates in (("one", 1), ("three", 3)):
        project = make_project(slug=slug)
        for _number in range(templates):
            make_template(project, make_booth())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            publish(project, by=mara)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_add_slot_refuses_bad_times_and_places(mara):
    project, booth = make_project(), make_booth()

    def add(starts_at, *, booth=booth, now=NOW):
        return refusal_of(slots.add_slot, project, booth=booth, starts_at=starts_at, by=mara, now=now).code

    make_slot(project=project, booth=booth, staff=0)
    closed = make_booth()
    closed.is_open = False
    closed.save()
    assert add(THURSDAY_MORNING + timedelta(minutes=10)) == "grid"
    assert add(NOW) == "past"
    assert add(THURSDAY_MORNING, booth=closed) == "booth_closed"
    assert add(THURSDAY_MORNING) == "overlap"
    assert add(THURSDAY_MORNING + timedelta(hours=3)) == "overlap"
    assert add(THURSDAY_MORNING - timedelta(hours=3)) == "overlap"
    slots.add_slot(
        project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=3, minutes=30), by=mara, now=NOW
    )


def test_close_writes_the_reason_and_frees_the_staff(mara, now):
    slot = make_slot(project=make_project(), staff=2)

    slots.close_slot(slot, by=mara, now=now, reason="water damage")

    assert Slot.objects.get(pk=slot.pk).status == SlotStatus.CLOSED
    assert list(slot.events.order_by("pk").values_list("old", "new", "reason"))[1:] == [
        ("open", "closed", "water damage")
    ]
    assert set(slot.shifts.values_list("status", flat=True)) == {ShiftStatus.WITHDRAWN}
    assert rota.staff_counts([slot]) == {slot.pk: 0}


def test_close_refuses_a_booked_slot_and_says_whom_it_hurts(lin, mei, mara, now):
    project = make_project()
    slot = make_slot(project=project)
    make_live_booking(slot, make_pair(lin, mei, project=project))

    refusal = refusal_of(slots.close_slot, slot, by=mara, now=now, reason="water damage")

    assert refusal.code == "booked"
    assert lin.pseudonym in refusal.messages[0]
    assert mei.pseudonym in refusal.messages[0]
    assert Slot.objects.get(pk=slot.pk).status == SlotStatus.OPEN
    assert rota.staff_counts([slot]) == {slot.pk: 2}


def test_close_needs_a_reason_and_time_left(mara, now):
    slot = make_slot(project=make_project(), staff=0)

    assert refusal_of(slots.close_slot, slot, by=mara, now=now, reason=" ").code == "reason"
    assert refusal_of(slots.close_slot, slot, by=mara, now=slot.ends_at, reason="late").code == "past"


def test_close_twice_is_refused(mara, now):
    slot = make_slot(project=make_project(), staff=0)
    slots.close_slot(slot, by=mara, now=now, reason="holiday")

    assert refusal_of(slots.close_slot, slot, by=mara, now=now, reason="holiday").code == "moved"


def test_open_offers_the_slot_again_until_it_starts(mara, now):
    slot = make_slot(project=make_project(), staff=0)
    assert refusal_of(slots.open_slot, slot, by=mara, now=now).code == "moved"
    slots.close_slot(slot, by=mara, now=now, reason="holiday")

    assert refusal_of(slots.open_slot, slot, by=mara, now=slot.starts_at).code == "past"
    slots.open_slot(slot, by=mara, now=now)

    assert Slot.objects.get(pk=slot.pk).status == SlotStatus.OPEN
