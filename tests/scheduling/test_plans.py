"""What publishing would make, and what stands in its way."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling import blackouts, plan_days, plans, slots, weekly
from scheduling.models import Slot, StudioStaff
from scheduling.slots import SlotRefused
from tests.factories import NOW, THURSDAY_MORNING, make_booth, make_city, make_project, make_slot, make_staff
from tests.scheduling.test_slots import MONDAY, SUNDAY, make_template, refusal_of

pytestmark = pytest.mark.django_db

ON = date(2026, 3, 5)


def plan(project, *, from_on=MONDAY, to_on=SUNDAY, now=NOW, **narrowed):
    return plans.plan_slots(project=project, from_on=from_on, to_on=to_on, now=now, **narrowed)


def told(planned):
    return [(slot.on, slot.starts_time, slot.obstacle, slot.note) for slot in planned]


def black_out(place, by, *, from_on=ON, to_on=ON, reason="repair"):
    return blackouts.declare_blackout(
        place, from_on=from_on, to_on=to_on, reason=reason, closes_free=True, by=by, now=NOW
    )


def test_plan_names_the_blackout_of_booth_studio_city_or_all(mara):
    project, booth = make_project(), make_booth()
    make_template(project, booth)
    elsewhere = make_booth(city=make_city(name="Shanghai", name_zh="上海"))
    make_template(project, elsewhere)

    for place in (booth, booth.studio, booth.studio.city):
        blackout = black_out(place, mara).blackout
        assert told(plan(project)) == [(ON, time(9), "blackout", "repair"), (ON, time(9), "", "")]
        blackouts.lift_blackout(blackout, by=mara, now=NOW)
    black_out(None, mara)

    assert [slot.obstacle for slot in plan(project)] == ["blackout", "blackout"]


def test_plan_keeps_to_the_days_of_the_blackout(mara):
    project, booth = make_project(), make_booth()
    for weekday in range(7):
        make_template(project, booth, weekday=weekday)
    black_out(booth, mara, from_on=date(2026, 3, 4), to_on=date(2026, 3, 6))

    assert [slot.on.day for slot in plan(project) if slot.obstacle] == [4, 5, 6]


def test_plan_leaves_a_day_out_and_makes_a_one_off(mara):
    project = make_project()
    template = make_template(project, make_booth())
    weekly.leave_out(template, on=ON, reason="exam", by=mara, now=NOW)
    weekly.add_one_off(
        template, on=date(2026, 3, 6), starts_time=time(10, 30), reason="instead", by=mara, now=NOW
    )

    assert told(plan(project)) == [
        (ON, time(9), "left_out", "exam"),
        (date(2026, 3, 6), time(10, 30), "", "instead"),
    ]
    assert [slot.starts_at.day for slot in publish(project, by=mara)] == [6]


def publish(project, *, by, **figures):
    return slots.publish_slots(project=project, from_on=MONDAY, to_on=SUNDAY, by=by, now=NOW, **figures)


def test_plan_says_when_the_clocks_jump_and_when_midnight_passes():
    project = make_project()
    berlin = make_booth(city=make_city(name="Berlin", name_zh="柏林", timezone="Europe/Berlin"))
    make_template(project, berlin, weekday=6, starts_time=time(2, 30))
    make_template(project, berlin, weekday=6, starts_time=time(20))
    project.slot_minutes = 270
    project.save()

    planned = plan(project, from_on=date(2026, 3, 23), to_on=date(2026, 3, 29))

    assert told(planned) == [
        (date(2026, 3, 29), time(2, 30), "clock", ""),
        (date(2026, 3, 29), time(20), "midnight", ""),
    ]


def test_plan_narrows_to_booths():
    project, booth, other = make_project(), make_booth(), make_booth()
    make_template(project, booth)
    make_template(project, other)

    assert [slot.booth for slot in plan(project, booth_ids={other.pk})] == [other]
    assert plan(project, booth_ids=set()) == []


def test_plan_lets_a_slot_lie_across_a_closed_one_but_never_at_its_start(mara):
    project, booth = make_project(), make_booth()
    make_template(project, booth)
    beside = make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=1), staff=0)
    assert [slot.obstacle for slot in plan(project)] == ["overlap"]

    slots.close_slot(beside, by=mara, now=NOW, reason="moved")
    assert [slot.obstacle for slot in plan(project)] == [""]
    publish(project, by=mara)

    assert refusal_of(slots.open_slot, beside, by=mara, now=NOW).code == "overlap"
    same = refusal_of(slots.add_slot, project, booth=booth, starts_at=beside.starts_at, by=mara, now=NOW)
    assert same.code == "overlap"


def test_plan_costs_four_queries(mara):
    project, booth = make_project(), make_booth()
    for weekday in range(7):
        make_template(project, booth, weekday=weekday)
    black_out(booth, mara)

    with CaptureQueriesContext(connection) as queries:
        plan(project)

    assert len(queries) == 4


def test_plan_days_say_where_staff_are_too_few(mara):
    project, booth = make_project(), make_booth()
    beside = make_booth(studio=booth.studio)
    for one in (booth, beside):
        make_template(project, one)
        make_template(project, one, starts_time=time(14))
    for _number in range(3):
        StudioStaff.objects.create(studio=booth.studio, person=make_staff())

    [day] = plan_days.plan_days(plan(project), project=project)

    assert [(note.studio, note.employed, note.needed) for note in day.staff_notes] == [(booth.studio, 3, 4)]
    assert (len(day.new), len(day.existing), len(day.conflicts)) == (4, 0, 0)
    StudioStaff.objects.create(studio=booth.studio, person=make_staff())
    assert plan_days.plan_days(plan(project), project=project)[0].staff_notes == ()


def test_publish_makes_what_was_shown_or_says_what_has_changed(mara):
    project, booth = make_project(), make_booth()
    make_template(project, booth)
    make_template(project, booth, weekday=4)
    shown = plan_days.print_plan(plan(project))
    black_out(booth, mara)

    with pytest.raises(SlotRefused) as refusal:
        publish(project, by=mara, shown=shown)

    assert refusal.value.code == "changed"
    assert Slot.objects.count() == 0
    assert plan_days.compare_plans(shown, plan(project)) == [plan_days.DayChange(ON, shown=1, now=0)]
    assert len(publish(project, by=mara, shown=plan_days.print_plan(plan(project)))) == 1


def test_compare_plans_finds_as_many_but_others():
    project, booth = make_project(), make_booth()
    template = make_template(project, booth)
    shown = plan_days.print_plan(plan(project))
    template.starts_time = time(10)
    template.save()

    assert plan_days.compare_plans(shown, plan(project)) == [plan_days.DayChange(ON, shown=1, now=1)]


@pytest.mark.parametrize(
    "nonsense", ["x", "20261399.1.aa", "2026.1", "20260305.x.aa,,", "20260305.99999999.a"]
)
def test_compare_plans_survives_a_fingerprint_that_nobody_made(nonsense):
    project = make_project()
    make_template(project, make_booth())

    assert [change.now for change in plan_days.compare_plans(nonsense, plan(project))] == [1]
