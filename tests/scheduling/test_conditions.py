"""Each condition of booking has its code; each limit holds at the limit and fails one past it."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override

from accounts.models import Scope
from scheduling import qualifications
from scheduling.conditions import BookingRefused, check_slot, closes_at, missing_conditions, opens_at
from scheduling.holds import hold_slot
from scheduling.models import Block, Booking, Pair, Project, Qualification, Slot
from tests.factories import (
    NOW,
    make_booking,
    make_booth,
    make_newcomer,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_slot,
    withdraw_consent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project)


def codes(pair: Pair, *, by) -> list[str]:
    return [refusal.code for refusal in missing_conditions(pair, by=by, on=date(2026, 3, 5))]


def hold_code(slot: Slot, *, pair: Pair, by, now=NOW) -> str:
    with pytest.raises(BookingRefused) as refusal:
        hold_slot(slot.pk, pair=pair, by=by, now=now)
    return refusal.value.code


def test_nothing_is_missing_for_two_qualified_people(pair, lin):
    assert codes(pair, by=lin) == []


def test_pair_of_others_is_refused(pair, stranger):
    assert codes(pair, by=stranger) == ["not_a_member"]


def test_ended_pair_is_refused(pair, lin):
    Pair.objects.filter(pk=pair.pk).update(ended_at=NOW)
    pair.refresh_from_db()

    assert codes(pair, by=lin) == ["pair_ended"]


@pytest.mark.parametrize("is_lin_blocking", [True, False])
def test_blocked_partner_is_refused_whoever_blocked(pair, lin, mei, is_lin_blocking):
    person, blocked = (lin, mei) if is_lin_blocking else (mei, lin)
    Block.objects.create(person=person, blocked=blocked, at=NOW)

    assert codes(pair, by=lin) == ["blocked"]


def test_suspended_person_and_partner_are_refused(pair, slot, lin, mei, project):
    qualification = Qualification.objects.get(person=mei, project=project)
    qualifications.suspend_qualification(qualification, by=None, now=NOW, reason="no-shows")

    assert codes(pair, by=lin) == ["not_qualified"]
    assert hold_code(slot, pair=pair, by=mei) == "not_qualified"


def test_missing_consent_is_refused(pair, lin):
    withdraw_consent(lin, scope=Scope.SHARE)

    assert codes(pair, by=lin) == ["consent_missing"]


def test_consent_that_the_project_does_not_need_is_not_asked(pair, lin, project):
    withdraw_consent(lin, scope=Scope.SHARE)
    project.consent_scopes = [Scope.RECORD.value]
    pair.project = project

    assert codes(pair, by=lin) == []


def test_age_counts_on_the_day_of_the_session(lin, project):
    eighteen = make_person()
    pair = make_pair(lin, eighteen, project=project)
    type(eighteen.profile).objects.filter(user=eighteen).update(birth_on=date(2008, 3, 5))

    assert codes(pair, by=lin) == []
    type(eighteen.profile).objects.filter(user=eighteen).update(birth_on=date(2008, 3, 6))
    assert codes(pair, by=lin) == ["too_young"]


def test_person_without_profile_is_refused(lin, project):
    newcomer = make_newcomer()
    make_qualified(newcomer, project=project)
    pair = Pair.objects.create(project=project, person_a=lin, person_b=newcomer, made_at=NOW)
    make_qualified(lin, project=project)

    assert codes(pair, by=lin) == ["consent_missing", "too_young"]


def test_slot_opens_and_closes_to_the_second(slot):
    second = timedelta(seconds=1)

    check_slot(slot, now=opens_at(slot))
    check_slot(slot, now=closes_at(slot) - second)
    for now, code in [
        (opens_at(slot) - second, "too_early"),
        (closes_at(slot), "too_late"),
        (slot.starts_at - second, "too_late"),
        (slot.starts_at, "past"),
    ]:
        with pytest.raises(BookingRefused) as refusal:
            check_slot(slot, now=now)
        assert refusal.value.code == code


@pytest.mark.parametrize("what", ["slot", "booth", "studio", "project"])
def test_closed_place_is_refused(slot, pair, lin, what):
    if what == "slot":
        Slot.objects.filter(pk=slot.pk).update(status="closed")
    else:
        place = {"booth": slot.booth, "studio": slot.booth.studio, "project": slot.project}[what]
        type(place).objects.filter(pk=place.pk).update(is_open=False)

    assert hold_code(slot, pair=pair, by=lin) == "closed"


def test_slot_with_one_of_two_staff_is_refused(pair, lin, project):
    assert hold_code(make_slot(project=project, staff=1), pair=pair, by=lin) == "unstaffed"


def test_slot_of_another_project_is_refused(pair, lin):
    other = make_slot(project=make_project(slug="other"))

    assert hold_code(other, pair=pair, by=lin) == "other_project"


def test_pair_has_two_live_bookings_and_no_third(pair, lin, project):
    for day in (3, 4):
        slot = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=day))
        hold_slot(slot.pk, pair=pair, by=lin, now=NOW)
    third = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=5))

    assert hold_code(third, pair=pair, by=lin) == "max_live"


def test_overdue_hold_does_not_count_as_live(pair, lin, project):
    slots = [
        make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=day)) for day in (3, 4, 5)
    ]
    for slot in slots[:2]:
        hold_slot(slot.pk, pair=pair, by=lin, now=NOW)

    booking = hold_slot(slots[2].pk, pair=pair, by=lin, now=NOW + timedelta(minutes=10))

    assert booking.status == "held"
    assert list(Booking.objects.order_by("pk").values_list("status", flat=True)) == [
        "expired",
        "expired",
        "held",
    ]


def test_pair_records_three_sessions_and_no_fourth(pair, lin, project):
    for day in (3, 4, 5):
        starts_at = NOW.replace(hour=9) + timedelta(days=day)
        make_booking(slot=make_slot(project=project, starts_at=starts_at), pair=pair, status="completed")
    fourth = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=6))

    assert hold_code(fourth, pair=pair, by=lin) == "max_per_pair"


def test_person_records_six_sessions_with_whomever_and_no_seventh(lin, project):
    booth, day = make_booth(), 3
    third = make_pair(lin, make_person(), project=project)
    for _partner in range(2):
        pair = make_pair(lin, make_person(), project=project)
        for _session in range(3):
            starts_at = NOW.replace(hour=9) + timedelta(days=day)
            slot = make_slot(project=project, booth=booth, starts_at=starts_at)
            make_booking(slot=slot, pair=pair, status="completed")
            day += 1
    seventh = make_slot(project=project, booth=booth, starts_at=NOW.replace(hour=9) + timedelta(days=day))

    assert hold_code(seventh, pair=third, by=lin) == "max_per_person"


@pytest.mark.parametrize(
    ("language", "own", "others"), [("en", "is suspended", "Your partner"), ("zh-hans", "已暂停", "搭档")]
)
def test_who_is_suspended_reads_it_and_the_partner_does_not(pair, lin, mei, mara, language, own, others):
    right = Qualification.objects.get(person=lin)
    qualifications.suspend_qualification(right, by=mara, now=NOW, reason="x")

    with override(language):
        words = [
            next(missing_conditions(pair, by=person, on=date(2026, 3, 5))).messages[0]
            for person in (lin, mei)
        ]

    assert [own in words[0], own in words[1], others in words[1]] == [True, False, True]
