"""R-19: who falls out is told to the managers at once, and again, until the slot has its staff."""

from datetime import timedelta

import pytest
from django.core import mail

from accounts import delivery
from accounts.access import Role
from accounts.models import Message, User
from scheduling import escalation_watch, invariants, rota, rota_news, slots
from scheduling.models import Escalation, ShiftStatus, SlotStatus
from scheduling.rota import RotaRefused
from tests.accounts.makers import confirm_address
from tests.factories import NOW, make_booking, make_project, make_shift, make_slot, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(lin, mei, mara):
    """A confirmed session on Thursday morning, two of the staff on it."""
    return make_booking(one=lin, other=mei).slot


def fall_out(slot, *, now=NOW, reason="ill"):
    shift = slot.shifts.filter(status=ShiftStatus.ASSIGNED).order_by("pk")[0]
    rota.report_absence(shift, by=shift.person, now=now, reason=reason)
    return shift


def told():
    rows = Message.objects.filter(template="staff_missing").order_by("pk")
    return list(rows.values_list("person", flat=True))


def test_who_cannot_come_is_off_the_rota_and_every_manager_is_told(booked, mara):
    second = make_staff(Role.MANAGER)

    shift = fall_out(booked)

    escalation = Escalation.objects.get()
    assert (escalation.slot, escalation.status, escalation.fell_out) == (booked, "open", shift)
    assert list(escalation.events.values_list("old", "new", "by", "reason")) == [
        ("", "open", shift.person_id, "ill")
    ]
    assert told() == [mara.pk, second.pk]
    assert list(rota.understaffed(now=NOW)) == [booked]


@pytest.mark.parametrize(("language", "words"), [("en", "Staff missing"), ("zh-hans", "人手不足")])
def test_manager_with_a_confirmed_address_gets_a_letter_that_leads_to_the_page(booked, mara, language, words):
    User.objects.filter(pk=mara.pk).update(language=language)
    confirm_address(mara, email="mara@example.org")

    fall_out(booked)
    delivery.deliver_due(now=NOW)

    assert told() == [mara.pk, mara.pk]
    [letter] = mail.outbox
    assert letter.to == ["mara@example.org"]
    assert letter.subject.startswith(words)
    assert "/booking/desk/rota/missing/" in letter.body


def test_places_of_a_text_are_those_that_its_message_fills():
    filled = {kind.template: {"have", "need", "name"} & kind.longest.keys() for kind in rota_news.KINDS}

    assert filled == {
        "swap_asked": {"name"},
        "swap_agreed": {"name"},
        "swap_done": {"name"},
        "swap_declined": set(),
        "staff_missing": {"have", "need"},
    }


def test_second_one_who_falls_out_is_told_too_in_the_same_escalation(booked, mara):
    fall_out(booked)
    fall_out(booked, reason="train")

    assert Escalation.objects.count() == 1
    assert list(Escalation.objects.get().events.values_list("reason", flat=True)) == ["ill", "train"]
    assert told() == [mara.pk, mara.pk]


def test_absence_is_refused_for_others_without_reason_twice_and_when_over(booked, oskar):
    shift = booked.shifts.all()[0]

    def code(*, by=None, now=NOW, reason="ill"):
        with pytest.raises(RotaRefused) as refusal:
            rota.report_absence(shift, by=by or shift.person, now=now, reason=reason)
        return refusal.value.code

    assert code(by=oskar) == "not_yours"
    assert code(reason=" ") == "reason"
    assert code(now=booked.ends_at) == "past"
    rota.report_absence(shift, by=shift.person, now=NOW, reason="ill")
    assert code() == "moved"


def test_slot_that_keeps_enough_people_is_no_escalation(booked, mara):
    make_shift(booked, by=mara)

    fall_out(booked)

    assert not Escalation.objects.exists()


def test_manager_who_takes_somebody_off_a_booked_slot_tells_the_others(booked, mara):
    other = make_staff(Role.MANAGER)
    rota.withdraw_shift(booked.shifts.all()[0], by=mara, now=NOW, reason="needed elsewhere")

    assert told() == [other.pk]


def test_free_slot_escalates_when_somebody_falls_out_not_when_a_manager_plans(mara):
    slot = make_slot(project=make_project())
    rota.withdraw_shift(slot.shifts.all()[0], by=mara, now=NOW, reason="plan")
    assert not Escalation.objects.exists()

    fall_out(slot)

    assert Escalation.objects.get().slot == slot


def test_it_is_settled_by_itself_once_the_slot_is_full(booked, mara):
    fall_out(booked)

    make_shift(booked, by=mara)

    assert Escalation.objects.get().status == "resolved"
    assert invariants.broken_swaps(now=NOW) == []
    delivery.deliver_due(now=NOW)
    assert Message.objects.get(template="staff_missing").status == "dropped"


def test_closed_slot_needs_nobody_any_more(mara):
    slot = make_slot(project=make_project())
    fall_out(slot)

    slots.close_slot(slot, by=mara, now=NOW, reason="water damage")

    assert slot.status == SlotStatus.CLOSED
    assert Escalation.objects.get().status == "lapsed"


def test_managers_are_told_again_48_and_24_hours_before_each_once(booked, mara):
    fall_out(booked)
    counts = []
    for hours, seconds in ((48, 1), (48, 0), (30, 0), (24, 1), (24, 0), (2, 0)):
        at = booked.starts_at - timedelta(hours=hours, seconds=seconds)
        escalation_watch.watch_escalations(now=at)
        escalation_watch.watch_escalations(now=at)
        counts.append(len(told()))

    assert counts == [1, 2, 2, 2, 3, 3]
    assert Escalation.objects.get().told_hours == 24


def test_who_falls_out_late_is_not_told_again_for_hours_that_were_over(booked, mara):
    at = booked.starts_at - timedelta(hours=30)
    fall_out(booked, now=at)

    escalation_watch.watch_escalations(now=at + timedelta(minutes=1))

    assert len(told()) == 1


def test_slot_that_nobody_booked_is_not_told_again(mara):
    slot = make_slot(project=make_project())
    fall_out(slot)

    escalation_watch.watch_escalations(now=slot.starts_at - timedelta(hours=24))

    assert told() == [mara.pk]


def test_watch_finds_a_booked_slot_that_no_rule_reported(booked, mara):
    booked.project.min_staff = 3
    booked.project.save()

    assert escalation_watch.watch_escalations(now=NOW) == 1
    assert escalation_watch.watch_escalations(now=NOW) == 0

    assert told() == [mara.pk]
    booked.project.min_staff = 2
    booked.project.save()
    escalation_watch.watch_escalations(now=NOW)
    assert Escalation.objects.get().status == "resolved"


def test_watch_lets_go_of_what_is_over(booked, mara):
    fall_out(booked)

    escalation_watch.watch_escalations(now=booked.ends_at)

    assert Escalation.objects.get().status == "lapsed"


def test_sms_waits_for_the_morning_the_page_does_not(booked, mara):
    night = NOW.replace(hour=22)
    fall_out(booked, now=night)

    [message] = Message.objects.filter(template="staff_missing")
    assert message.not_before == (night + timedelta(days=1)).replace(hour=8)
    assert [one.slot for one in escalation_watch.open_escalations(now=night)] == [booked]
