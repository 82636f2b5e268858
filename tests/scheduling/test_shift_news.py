"""Staff whose shifts a manager changed are told once for all that was changed together."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts import delivery
from accounts.models import Message
from scheduling import rota, rota_proposals, shift_news, studios, swaps
from scheduling.models import Shift
from tests.accounts.makers import confirm_address
from tests.factories import NOW, make_booth, make_project, make_slot

RESTED = NOW + shift_news.RESTS


@pytest.fixture
def slots(oskar):
    project, studio = make_project(), make_booth().studio
    studios.employ(oskar, studio=studio)
    return [
        make_slot(
            project=project,
            booth=make_booth(studio=studio),
            starts_at=(NOW + timedelta(days=day)).replace(hour=9),
            staff=0,
        )
        for day in (3, 4, 5)
    ]


def told():
    return list(Message.objects.filter(template=shift_news.TEMPLATE).values_list("person", flat=True))


def test_a_whole_plan_is_one_message_after_the_manager_rests(slots, oskar, mara):
    rota_proposals.apply_proposal([(slot.pk, oskar.pk) for slot in slots], by=mara, now=NOW)

    counts = [shift_news.tell_shifts(now=RESTED - timedelta(seconds=1))]
    counts += [shift_news.tell_shifts(now=RESTED) for _run in range(2)]

    assert counts == [0, 1, 0]
    assert told() == [oskar.pk]


def test_confirmed_address_gets_a_letter_too_once(slots, oskar, mara):
    confirm_address(oskar)
    rota.assign_staff(slots[0], person=oskar, by=mara, now=NOW, reason="knows the booth")

    assert [shift_news.tell_shifts(now=RESTED) for _run in range(2)] == [1, 0]
    delivery.deliver_due(now=RESTED)

    channels = Message.objects.filter(template=shift_news.TEMPLATE).values_list("channel", "status")
    assert sorted(channels) == [("email", "sent"), ("sms", "sent")]
    assert "/booking/desk/shifts/" in mail.outbox[0].body


def test_what_is_changed_later_is_told_again_and_once(slots, oskar, mara):
    shift = rota.assign_staff(slots[0], person=oskar, by=mara, now=NOW, reason="knows the booth")
    shift_news.tell_shifts(now=RESTED)
    rota.withdraw_shift(shift, by=mara, now=RESTED, reason="not needed")

    later = RESTED + shift_news.RESTS
    assert [shift_news.tell_shifts(now=later) for _run in range(2)] == [1, 0]
    assert told() == [oskar.pk, oskar.pk]


def test_own_absence_what_is_past_and_what_is_old_are_not_told(slots, oskar, mara):
    for slot in slots:
        rota.assign_staff(
            slot, person=oskar, by=mara, now=NOW - shift_news.LOOKS_BACK, reason="knows the booth"
        )
    rota.report_absence(Shift.objects.get(slot=slots[0]), by=oskar, now=NOW, reason="ill")

    assert shift_news.tell_shifts(now=RESTED) == 0
    rota.withdraw_shift(Shift.objects.get(slot=slots[1]), by=mara, now=NOW, reason="not needed")
    assert shift_news.tell_shifts(now=slots[2].starts_at) == 0
    assert told() == []


def test_swap_has_news_of_its_own(slots, oskar, mara):
    shift = rota.assign_staff(slots[0], person=oskar, by=mara, now=NOW, reason="knows the booth")
    shift_news.tell_shifts(now=RESTED)
    shift.events.create(old="assigned", new="withdrawn", by=mara, at=RESTED, reason=swaps.SWAPPED)

    assert shift_news.tell_shifts(now=RESTED + shift_news.RESTS) == 0
