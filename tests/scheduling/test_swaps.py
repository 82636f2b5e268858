"""Swaps: asking, answering, the manager's yes, and what is refused; the rota is never shorter for it."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts import delivery
from accounts.access import Role
from accounts.models import Message
from scheduling import invariants, rota, swaps, working_times
from scheduling.models import Occupancy, Shift, ShiftStatus, SwapRequest
from scheduling.swaps import SwapRefused
from tests.accounts.makers import confirm_address
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
from tests.scheduling.test_rota import employ_at, make_live_booking

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def booth(db):
    return make_booth()


@pytest.fixture
def slot(booth, mara):
    """Thursday morning, two of the staff on it; oskar is a third."""
    return make_slot(project=make_project(), booth=booth, staff=2)


@pytest.fixture
def shift(slot):
    return slot.shifts.order_by("pk")[0]


@pytest.fixture
def evening(slot, booth, oskar, mara):
    """oskar's shift of that evening."""
    at = THURSDAY_MORNING.replace(hour=18)
    return make_shift(
        make_slot(project=slot.project, booth=booth, starts_at=at, staff=1), person=oskar, by=mara
    )


@pytest.fixture
def colleague(booth, oskar):
    """oskar, who works in the studio and is free."""
    employ_at(oskar, booth.studio)
    return oskar


def ask(shift, *, asked=None, by=None, now=NOW, **facts):
    return swaps.ask_swap(shift, asked=asked, by=by or shift.person, now=now, **facts)


def refused(rule, *args, **facts):
    with pytest.raises(SwapRefused) as refusal:
        rule(*args, **facts)
    return refusal.value.code


def on_rota(slot):
    return set(slot.shifts.filter(status=ShiftStatus.ASSIGNED).values_list("person", flat=True))


def told():
    return list(Message.objects.order_by("pk").values_list("template", "person"))


def test_take_over_changes_the_rota_in_one_step_and_tells_the_asker(slot, shift, colleague):
    asker, other = shift.person, slot.shifts.order_by("pk")[1].person
    swap = ask(shift, asked=colleague)
    assert told() == [("swap_asked", colleague.pk)]

    swaps.accept_swap(swap, by=colleague, now=LATER)

    assert on_rota(slot) == {colleague.pk, other.pk}
    assert not Occupancy.objects.filter(kind="person", resource_id=asker.pk).exists()
    assert list(swap.events.values_list("old", "new", "by")) == [
        ("", "open", asker.pk),
        ("open", "done", colleague.pk),
    ]
    assert told()[1:] == [("swap_done", asker.pk)]
    assert (swap.taker, invariants.broken_swaps(now=NOW), invariants.broken_occupancy()) == (
        colleague,
        [],
        [],
    )


def test_exchange_gives_each_the_others_shift(slot, shift, evening):
    asker, oskar = shift.person, evening.person
    employ_at_once = swaps.ask_swap(shift, asked=oskar, wanted=evening, by=asker, now=NOW)

    swaps.accept_swap(employ_at_once, by=oskar, now=LATER)

    assert oskar.pk in on_rota(slot)
    assert asker.pk not in on_rota(slot)
    assert asker.pk in on_rota(evening.slot)
    assert oskar.pk not in on_rota(evening.slot)
    assert invariants.broken_swaps(now=NOW) == []


def test_anybody_who_can_may_take_it_and_only_the_first(slot, shift, colleague, booth):
    third = make_staff(Role.OPERATOR)
    employ_at(third, booth.studio)
    swap = ask(shift)
    assert sorted(told()) == sorted([("swap_asked", colleague.pk), ("swap_asked", third.pk)])
    assert list(swaps.swaps_open_to(third, now=NOW)) == [swap]
    assert list(swaps.swaps_open_to(shift.person, now=NOW)) == []

    swaps.accept_swap(swap, by=third, now=LATER)

    assert refused(swaps.accept_swap, SwapRequest.objects.get(), by=colleague, now=LATER) == "moved"
    assert third.pk in on_rota(slot)


def test_asking_is_refused_for_shifts_that_are_not_ones_own_coming_ones(slot, shift, colleague, mara):
    assert refused(ask, shift, by=colleague) == "not_yours"
    assert refused(ask, shift, asked=shift.person) == "self"
    assert refused(ask, shift, asked=make_staff(Role.OPERATOR)) == "not_staff"
    assert refused(ask, shift, hours=5) == "hours"
    assert refused(ask, shift, now=slot.starts_at) == "past"
    ask(shift)
    assert refused(ask, shift) == "open"
    rota.withdraw_shift(shift, by=mara, now=NOW, reason="ill")
    assert refused(ask, shift) == "withdrawn"


def test_exchange_is_refused_for_what_is_not_the_colleagues(slot, shift, colleague, evening):
    mine = slot.shifts.order_by("pk")[1]

    assert refused(ask, shift, asked=colleague, wanted=mine) == "wanted"
    assert refused(ask, shift, asked=None, wanted=evening) == "wanted"
    assert refused(ask, shift, asked=mine.person, wanted=mine) == "wanted"


def test_answer_is_refused_to_who_is_not_asked(shift, colleague, booth):
    other = make_staff(Role.OPERATOR)
    swap = ask(shift, asked=colleague)

    for person in (other, shift.person):
        assert refused(swaps.accept_swap, swap, by=person, now=LATER) == "not_yours"
        assert refused(swaps.decline_swap, swap, by=person, now=LATER) == "not_yours"
    assert refused(swaps.withdraw_swap, swap, by=colleague, now=LATER) == "not_yours"
    swaps.withdraw_swap(swap, by=shift.person, now=LATER)
    anybody = ask(shift)
    assert refused(swaps.accept_swap, anybody, by=other, now=LATER) == "not_yours"


def test_answer_comes_in_time_or_not_at_all(shift, colleague):
    swap = ask(shift, asked=colleague, hours=6)
    assert refused(swaps.accept_swap, swap, by=colleague, now=swap.expires_at) == "expired"
    assert swaps.expire_swaps(now=swap.expires_at - timedelta(seconds=1)) == 0

    assert swaps.expire_swaps(now=swap.expires_at) == 1
    assert swaps.expire_swaps(now=swap.expires_at) == 0

    assert SwapRequest.objects.get().status == "expired"
    assert told()[-1] == ("swap_declined", shift.person_id)


def test_request_ends_with_the_start_of_the_earliest_shift(slot, shift, colleague):
    now = slot.starts_at - timedelta(hours=2)

    assert ask(shift, asked=colleague, now=now, hours=48).expires_at == slot.starts_at


def test_who_takes_it_over_keeps_to_limits_places_and_ways(slot, shift, colleague, mara, lin, mei):
    swap = ask(shift, asked=colleague)
    working_times.set_limits(colleague, per_day=0, per_week=None, by=mara, now=NOW)
    assert refused(swaps.accept_swap, swap, by=colleague, now=LATER) == "over_day"
    working_times.set_limits(colleague, per_day=None, per_week=None, by=mara, now=NOW)
    elsewhere = make_shift(make_slot(project=slot.project, staff=0), person=colleague, by=mara)

    assert refused(swaps.accept_swap, swap, by=colleague, now=LATER) == "elsewhere"

    rota.withdraw_shift(elsewhere, by=mara, now=NOW, reason="moved")
    working_times.set_week(colleague, times=set(), wished_hours=15, by=colleague, now=NOW)
    swaps.accept_swap(swap, by=colleague, now=LATER)
    assert colleague.pk in on_rota(slot)


def test_participant_of_the_session_cannot_take_its_shift_over(slot, shift, lin, mei, booth):
    make_live_booking(slot, make_pair(lin, mei, project=slot.project))
    employ_at(lin, booth.studio)
    swap = ask(shift, asked=lin)

    assert refused(swaps.accept_swap, swap, by=lin, now=LATER) == "takes_part"
    assert shift.person_id in on_rota(slot)


def test_shift_that_is_withdrawn_takes_its_request_along(shift, colleague, mara):
    swap = ask(shift, asked=colleague)

    rota.withdraw_shift(shift, by=mara, now=LATER, reason="ill")

    swap.refresh_from_db()
    assert swap.status == "lapsed"
    assert refused(swaps.accept_swap, swap, by=colleague, now=LATER) == "moved"


def test_studio_that_wants_it_has_a_manager_say_yes(slot, shift, colleague, booth, mara):
    booth.studio.swaps_need_approval = True
    booth.studio.save()
    swap = ask(shift, asked=colleague)

    swaps.accept_swap(swap, by=colleague, now=LATER)

    assert (swap.status, swap.taker) == ("agreed", colleague)
    assert shift.person_id in on_rota(slot)
    assert colleague.pk not in on_rota(slot)
    assert told()[-1] == ("swap_agreed", mara.pk)
    assert invariants.broken_swaps(now=NOW) == []

    swaps.approve_swap(swap, by=mara, now=LATER)

    assert colleague.pk in on_rota(slot)
    assert told()[-2:] == [("swap_done", shift.person_id), ("swap_done", colleague.pk)]
    assert refused(swaps.approve_swap, swap, by=mara, now=LATER) == "moved"


def test_what_two_have_agreed_on_waits_for_the_manager_until_it_begins(slot, shift, colleague, booth, mara):
    booth.studio.swaps_need_approval = True
    booth.studio.save()
    late = NOW.replace(hour=22)
    swap = ask(shift, asked=colleague, hours=6, now=late)

    swaps.accept_swap(swap, by=colleague, now=late)

    morning = late + timedelta(hours=12)
    asked = Message.objects.get(template="swap_agreed")
    assert (swap.expires_at, asked.expires_at) == (slot.starts_at, slot.starts_at)
    assert late < asked.not_before < morning
    assert swaps.expire_swaps(now=morning) == 0
    swaps.approve_swap(swap, by=mara, now=morning)
    assert colleague.pk in on_rota(slot)


def test_who_confirmed_an_address_reads_of_a_swap_there_too(shift, colleague):
    confirm_address(colleague, email="colleague@example.org")
    confirm_address(shift.person, email="asker@example.org")

    swap = ask(shift, asked=colleague)
    delivery.deliver_due(now=NOW)
    swaps.accept_swap(swap, by=colleague, now=NOW)
    delivery.deliver_due(now=NOW)

    letters = [(letter.to, letter.body.rstrip().rpartition("/booking")[2]) for letter in mail.outbox]
    assert letters == [
        (["colleague@example.org"], "/desk/shifts/swaps/"),
        (["asker@example.org"], "/desk/shifts/"),
    ]


def test_manager_refuses_with_a_reason_and_both_hear(slot, shift, colleague, booth, mara):
    booth.studio.swaps_need_approval = True
    booth.studio.save()
    swap = ask(shift, asked=colleague)
    assert refused(swaps.approve_swap, swap, by=mara, now=LATER) == "moved"
    swaps.accept_swap(swap, by=colleague, now=LATER)

    assert refused(swaps.refuse_swap, swap, by=mara, now=LATER, reason=" ") == "reason"
    swaps.refuse_swap(swap, by=mara, now=LATER, reason="too new")

    assert shift.person_id in on_rota(slot)
    assert told()[-2:] == [("swap_declined", shift.person_id), ("swap_declined", colleague.pk)]


def test_decline_leaves_the_shift_and_tells_the_asker(slot, shift, colleague):
    swap = ask(shift, asked=colleague)

    swaps.decline_swap(swap, by=colleague, now=LATER)

    assert swap.status == "declined"
    assert shift.person_id in on_rota(slot)
    assert Shift.objects.get(pk=shift.pk).status == ShiftStatus.ASSIGNED
    assert told()[-1] == ("swap_declined", shift.person_id)


def test_sweep_finds_a_request_that_nobody_moved(shift, colleague):
    swap = ask(shift, asked=colleague)
    Shift.objects.filter(pk=shift.pk).update(status=ShiftStatus.WITHDRAWN)
    SwapRequest.objects.filter(pk=swap.pk).update(status="declined")
    torn = f"swap request {swap.pk} is “declined”, its last event says “open”"
    assert invariants.broken_swaps(now=NOW) == [torn]
    SwapRequest.objects.filter(pk=swap.pk).update(status="open")

    assert invariants.broken_swaps(now=NOW) == [
        f"swap request {swap.pk} is about a shift that does not stand"
    ]
