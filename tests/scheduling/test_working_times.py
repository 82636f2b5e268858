"""When the staff can work: what they say, what a manager says for them, and what is refused."""

from datetime import date, timedelta

import pytest

from accounts.access import Role
from scheduling import working_times
from scheduling.models import AvailabilityEvent, DayException, DayPart, WorkingTime
from scheduling.rota_facts import place_of, read_workers
from scheduling.rota_values import Answers
from scheduling.working_times import TimesRefused
from tests.factories import NOW, make_booth, make_city, make_project, make_shift, make_slot, make_staff
from tests.scheduling.test_rota import employ_at

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)
MORNING, EVENING = DayPart.MORNING.value, DayPart.EVENING.value


@pytest.fixture
def studio(oskar):
    studio = make_booth().studio
    employ_at(oskar, studio)
    return studio


def set_week(person, *, times, wished_hours=15, by=None):
    return working_times.set_week(person, times=times, wished_hours=wished_hours, by=by or person, now=NOW)


def add_days(person, *, from_on=TODAY, to_on=None, kind="away", part="", by=None):
    return working_times.add_exception(
        person,
        kind=kind,
        from_on=from_on,
        to_on=to_on or from_on,
        part=part,
        note="",
        today=TODAY,
        by=by or person,
        now=NOW,
    )


def refused(rule, *args, **facts):
    with pytest.raises(TimesRefused) as refusal:
        rule(*args, **facts)
    return refusal.value.code


def test_week_replaces_the_week_before_and_says_who_changed_it(oskar, mara, studio):
    set_week(oskar, times={(studio.pk, 0, MORNING)})
    terms = set_week(oskar, times={(studio.pk, 1, EVENING)}, wished_hours=20, by=mara)

    assert list(WorkingTime.objects.values_list("person", "studio", "weekday", "part")) == [
        (oskar.pk, studio.pk, 1, EVENING)
    ]
    assert (terms.wished_hours, terms.told_at) == (20, NOW)
    event = AvailabilityEvent.objects.latest("pk")
    assert (event.by, event.what, event.old["hours"], event.new["hours"]) == (mara, "week", 15, 20)
    assert event.old["times"] == [[studio.pk, 0, MORNING]]


def test_week_without_times_is_an_answer_too(oskar, studio):
    set_week(oskar, times=set())

    terms = {oskar.pk: working_times.terms_of(oskar)}
    assert working_times.read_answers([oskar.pk], terms=terms, from_on=TODAY) == {oskar.pk: Answers(True)}


def test_week_refuses_other_studios_and_hours_out_of_range(oskar, mara, studio):
    other = make_booth().studio

    assert refused(set_week, oskar, times={(other.pk, 0, MORNING)}) == "studio"
    assert refused(set_week, mara, times=set()) == "not_staff"
    assert refused(set_week, oskar, times=set(), wished_hours=0) == "hours"
    assert refused(set_week, oskar, times=set(), wished_hours=61) == "hours"
    assert set_week(oskar, times=set(), wished_hours=60).wished_hours == 60


def test_limits_are_kept_with_who_set_them(oskar, mara, studio):
    terms = working_times.set_limits(oskar, per_day=1, per_week=None, by=mara, now=NOW)

    assert (terms.max_shifts_per_day, terms.max_shifts_per_week) == (1, None)
    event = AvailabilityEvent.objects.get()
    assert (event.what, event.new, event.by) == ("limits", {"day": 1, "week": None}, mara)
    for per_day, per_week in ((4, None), (None, 22), (-1, None)):
        facts = {"per_day": per_day, "per_week": per_week, "by": mara, "now": NOW}
        assert refused(working_times.set_limits, oskar, **facts) == "limit"


def test_exception_is_refused_backwards_past_too_long_and_too_often(oskar, studio, monkeypatch):
    assert refused(add_days, oskar, to_on=TODAY - timedelta(days=1)) == "range"
    yesterday = TODAY - timedelta(days=1)
    assert refused(add_days, oskar, from_on=yesterday, to_on=yesterday) == "past"
    assert refused(add_days, oskar, to_on=TODAY + timedelta(days=92)) == "too_long"
    add_days(oskar, to_on=TODAY + timedelta(days=91))
    monkeypatch.setattr(working_times, "MOST_AHEAD", 1)
    assert refused(add_days, oskar) == "too_many"


def test_exception_of_last_words_holds_and_can_be_taken_back_once(oskar, mara, studio):
    add_days(oskar, to_on=TODAY + timedelta(days=6))
    extra = add_days(oskar, kind="extra", part=EVENING)
    answers = working_times.read_answers([oskar.pk], terms={}, from_on=TODAY)[oskar.pk]
    said = {part: answers.says(studio=studio.pk, on=TODAY, part=part) for part in (MORNING, EVENING)}
    assert said == {MORNING: False, EVENING: True}

    working_times.remove_exception(extra, by=mara, now=NOW)
    working_times.remove_exception(extra, by=mara, now=NOW)

    assert DayException.objects.count() == 1
    whats = AvailabilityEvent.objects.order_by("pk").values_list("what", "by")
    assert list(whats) == [("added", oskar.pk), ("added", oskar.pk), ("removed", mara.pk)]


def test_event_of_availability_is_never_changed(oskar, studio):
    add_days(oskar)
    event = AvailabilityEvent.objects.get()

    with pytest.raises(ValueError, match="never changed"):
        event.save()


@pytest.mark.parametrize("rows", [1, 3])
def test_workers_cost_the_same_for_one_and_three_people(django_assert_num_queries, oskar, mara, rows):
    slot = make_slot(project=make_project(), booth=make_booth(city=make_city()), staff=0)
    people = [make_staff(Role.OPERATOR) for _number in range(rows)]
    for person in people:
        make_shift(slot, person=person, by=mara)

    place = place_of(slot)
    with django_assert_num_queries(9):
        workers = read_workers(people, [place])

    assert [worker.load_minutes for worker in workers] == [180] * rows
    assert [worker.shifts for worker in workers] == [(place,)] * rows
