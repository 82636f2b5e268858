"""Who came and was turned away has first choice, until a session of theirs is confirmed again. Rule: R-26."""

from datetime import timedelta

import pytest

from scheduling import bookings
from scheduling.attendance import record_attendance
from scheduling.first_choice import (
    first_choice_of,
    first_choice_of_pair,
    has_first_choice,
    people_with_first_choice,
)
from scheduling.models import Booking, Pair, Project, Qualification
from tests.factories import THURSDAY_MORNING, make_booking, make_pair, make_person, make_project, make_slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def turned_away(pair, lin, mei, oskar) -> Booking:
    """Lin came and Mei did not."""
    booking = make_booking(pair=pair, one=lin)
    end_badly(booking, oskar, {lin: "turned_away", mei: "no_show"})
    return booking


def end_badly(booking, by, outcomes):
    at = booking.slot.starts_at + timedelta(minutes=30)
    for person, outcome in outcomes.items():
        record_attendance(booking, person=person, outcome=outcome, by=by, now=at)
    bookings.write_off_booking(booking, by=by, now=at, reason="Not both came")


def book_later(pair, *, days=1, status="confirmed"):
    starts_at = THURSDAY_MORNING + timedelta(days=1 + days)
    slot = make_slot(project=pair.project, starts_at=starts_at)
    now = THURSDAY_MORNING + timedelta(hours=1)
    return make_booking(pair=pair, one=pair.person_a, slot=slot, status=status, now=now)


def test_turned_away_person_has_first_choice_and_the_one_who_stayed_away_has_none(
    turned_away, lin, mei, project
):
    assert has_first_choice(lin, project=project)
    assert not has_first_choice(mei, project=project)


def test_first_choice_is_of_the_project_alone(turned_away, lin):
    other = make_project(slug="other")
    make_pair(lin, make_person(), project=other)

    assert not has_first_choice(lin, project=other)


@pytest.mark.parametrize(("status", "keeps"), [("held", True), ("awaiting", True), ("confirmed", False)])
def test_first_choice_is_taken_up_by_a_session_that_is_confirmed(turned_away, pair, lin, status, keeps):
    book_later(pair, status=status)

    assert has_first_choice(lin, project=pair.project) is keeps


def test_cancelled_session_gives_the_first_choice_back(turned_away, pair, lin):
    booking = book_later(pair, days=3)

    bookings.cancel_booking(booking, by=lin, now=THURSDAY_MORNING + timedelta(hours=2))

    assert has_first_choice(lin, project=pair.project)


@pytest.mark.parametrize(("outcome", "keeps"), [("turned_away", True), ("no_show", False)])
def test_session_that_failed_takes_the_first_choice_from_who_missed_it(
    turned_away, pair, lin, oskar, outcome, keeps
):
    end_badly(book_later(pair), oskar, {lin: outcome})

    assert has_first_choice(lin, project=pair.project) is keeps


def test_session_that_was_booked_before_takes_nothing(pair, lin, mei, oskar):
    booking = make_booking(pair=pair, one=lin)
    make_booking(
        pair=pair,
        one=lin,
        slot=make_slot(project=pair.project, starts_at=THURSDAY_MORNING + timedelta(days=1)),
    )

    end_badly(booking, oskar, {lin: "turned_away", mei: "turned_away"})

    assert people_with_first_choice([lin.pk, mei.pk], project=pair.project) == {lin.pk, mei.pk}


def test_corrected_outcome_takes_the_first_choice_back(turned_away, lin, oskar, project):
    record_attendance(
        turned_away,
        person=lin,
        outcome="no_show",
        by=oskar,
        now=THURSDAY_MORNING + timedelta(hours=2),
        reason="It was somebody else",
    )

    assert not has_first_choice(lin, project=project)


def test_lists_are_ordered_by_it_in_one_query(turned_away, pair, lin, project, django_assert_num_queries):
    others = make_pair(make_person(), make_person(), project=project)

    with django_assert_num_queries(2):
        pairs = list(Pair.objects.annotate(first=first_choice_of_pair()).order_by("-first", "-pk"))
        people = list(
            Qualification.objects.filter(first_choice_of("person")).values_list("person", flat=True)
        )

    assert (pairs, people) == ([pair, others], [lin.pk])
