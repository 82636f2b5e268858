"""Reminders: planned with the booking, looked at when due, posted once, dropped with it. Rule: R-25."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import delivery, sms
from accounts.consents import withdraw_consent
from accounts.models import Message, MessageStatus, User
from accounts.outbox import QuietHours, move_message, settle_message
from scheduling import bookings, reminders, rota
from scheduling.models import Booking, Reminder, ReminderEvent
from scheduling.reminder_plans import due_at_of, due_times, move_reminder, plan_reminders
from scheduling.reminders import plan_missing, remind
from tests.accounts.makers import BusyBackend, ForgetfulBackend, confirm_address, use
from tests.factories import (
    NOW,
    SHANGHAI,
    THURSDAY_MORNING,
    make_booking,
    make_booth,
    make_city,
    make_project,
    make_slot,
)

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=SHANGHAI)
THURSDAY_EIGHT = datetime(2026, 3, 5, 8, 0, tzinfo=SHANGHAI)
NIGHT = QuietHours(21, 8, "Asia/Shanghai")


def at(day, hour, minute=0, *, zone="Asia/Shanghai"):
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo(zone))


def states():
    rows = Reminder.objects.order_by("-hours_before", "person", "channel")
    return [(row.hours_before, row.channel, row.status) for row in rows]


def why():
    return sorted(ReminderEvent.objects.filter(new="dropped").values_list("reason", flat=True))


def work(*, now):
    """Run the tasks of the worker; return the texts sent so far."""
    remind(now=now)
    delivery.deliver_due(now=now)
    remind(now=now)
    return [message.text for message in sms.MemoryBackend.sent]


# --- planning ---


@pytest.mark.parametrize(
    ("starts_at", "hours", "due_at"),
    [
        (at(5, 14), 3, at(5, 11)),
        (at(5, 9), 3, at(5, 8)),
        (at(5, 8, 30), 3, at(4, 20, 45)),
        (at(5, 2), 3, at(4, 20, 45)),
        (at(5, 22), 48, at(4, 8)),
    ],
)
def test_due_time_keeps_the_quiet_hours(starts_at, hours, due_at):
    assert due_at_of(starts_at, hours=hours, quiet=NIGHT) == due_at


def test_due_time_keeps_the_quiet_hours_of_the_city():
    quiet = QuietHours(21, 8, "Asia/Tokyo")

    assert due_at_of(at(5, 9), hours=3, quiet=quiet) == at(5, 7)


def test_reminder_is_too_late_once_the_next_is_due():
    slot = make_slot(project=make_project())

    assert due_times(slot) == [(48, TUESDAY, THURSDAY_EIGHT), (3, THURSDAY_EIGHT, THURSDAY_MORNING)]


def test_confirmed_booking_has_its_reminders_and_a_held_one_none(lin, mei):
    confirm_address(mei)
    make_booking(one=lin, other=mei, status="awaiting")
    assert states() == []

    booking = bookings.Booking.objects.get()
    bookings.accept_booking(booking, by=mei, now=NOW)

    assert sorted(states()) == [
        (3, "email", "waiting"),
        (3, "sms", "waiting"),
        (3, "sms", "waiting"),
        (48, "email", "waiting"),
        (48, "sms", "waiting"),
        (48, "sms", "waiting"),
    ]


def test_planning_twice_plans_once_and_the_past_is_not_planned():
    booking = make_booking()
    plan_reminders(booking, now=NOW)
    assert len(states()) == 4

    other = make_booking(
        project=booking.project,
        slot=make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=1)),
        now=NOW + timedelta(days=2),
    )

    assert set(other.reminders.values_list("hours_before", flat=True)) == {3}


def forget_plans():
    """Leave the bookings as they were before there were reminders."""
    Reminder.objects.all().delete()
    Booking.objects.update(reminders_planned_at=None)


def test_booking_without_reminders_gets_them_from_the_worker():
    make_booking()
    forget_plans()

    remind(now=NOW)

    assert len(states()) == 4


def test_booking_with_none_left_to_plan_is_looked_at_once(django_assert_num_queries):
    make_booking()
    forget_plans()
    late = THURSDAY_MORNING - timedelta(hours=1)

    assert plan_missing(now=late) == 0
    assert Booking.objects.get().reminders_planned_at == late
    with django_assert_num_queries(1):
        assert plan_missing(now=late + timedelta(minutes=1)) == 0


def test_booking_that_was_cancelled_meanwhile_is_not_planned(lin):
    booking = make_booking(one=lin)
    forget_plans()
    bookings.cancel_booking(booking, by=lin, now=NOW)

    assert plan_missing(now=NOW) == 0
    assert states() == []


def test_booking_that_breaks_keeps_no_other_from_its_reminders(caplog):
    first = make_booking()
    friday = make_slot(project=first.project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    second = make_booking(slot=friday, project=first.project)
    forget_plans()
    broken = first.slot.booth.studio.city
    other = make_city(name="Beyond", name_zh="界外", timezone="Asia/Nowhere")
    type(first.slot.booth.studio).objects.filter(city=broken).update(city=other)
    sound = make_booth()
    type(friday).objects.filter(pk=friday.pk).update(booth=sound)

    remind(now=NOW)

    assert set(Reminder.objects.values_list("booking", flat=True)) == {second.pk}
    assert f"the reminders of booking {first.pk} broke" in caplog.text


def test_project_that_begins_to_remind_plans_what_is_booked_already():
    project = make_project(reminder_hours=[])
    booking = make_booking(project=project)
    assert booking.reminders_planned_at is None
    type(project).objects.update(reminder_hours=[3])

    remind(now=NOW)

    assert {row[0] for row in states()} == {3}


def test_plans_of_one_run_are_bounded():
    project = make_project()
    for day in range(3):
        make_booking(
            project=project, slot=make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=day))
        )
    forget_plans()

    assert plan_missing(now=NOW, batch=2) == 8
    assert plan_missing(now=NOW, batch=2) == 4
    assert plan_missing(now=NOW, batch=2) == 0


def test_project_without_reminders_plans_none_and_costs_nothing(django_assert_num_queries):
    make_booking(project=make_project(reminder_hours=[]))

    with django_assert_num_queries(1):
        assert plan_missing(now=NOW) == 0


def test_cancelled_booking_takes_its_reminders_with_it(lin):
    booking = make_booking(one=lin)
    bookings.cancel_booking(booking, by=lin, now=NOW)

    assert {status for _h, _c, status in states()} == {"dropped"}
    assert why() == ["the booking does not stand any more"] * 4


def test_moved_booking_is_reminded_of_the_new_time_alone(lin, mei):
    booking = make_booking(one=lin, other=mei)
    friday = make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    new = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    bookings.accept_booking(new, by=mei, now=NOW)

    assert set(booking.reminders.values_list("status", flat=True)) == {"dropped"}
    assert set(new.reminders.values_list("due_at", "status")) == {
        (TUESDAY + timedelta(days=1), "waiting"),
        (THURSDAY_EIGHT + timedelta(days=1), "waiting"),
    }


# --- at the due time ---


def test_reminder_goes_at_its_time_and_once():
    make_booking()

    assert work(now=TUESDAY - timedelta(seconds=1)) == []
    sent = work(now=TUESDAY)
    assert sent == ["【Duologue】录音提醒：3月5日 周四 09:00，请准时到场。地点请登录查看。"] * 2
    assert work(now=TUESDAY + timedelta(minutes=1)) == sent
    assert sorted(states()) == [(3, "sms", "waiting")] * 2 + [(48, "sms", "sent")] * 2


def test_message_keeps_the_quiet_hours_of_the_city():
    city = make_city(name="Urumqi", name_zh="乌鲁木齐", timezone="Asia/Urumqi")
    project = make_project()
    make_booking(slot=make_slot(project=project, booth=make_booth(city=city)))
    remind(now=TUESDAY)

    # 09:00 in Shanghai is 07:00 there.
    assert states()[0][2] == "waiting"
    remind(now=TUESDAY + timedelta(hours=1))

    assert set(Message.objects.values_list("quiet_zone", flat=True)) == {"Asia/Urumqi"}


def test_incomplete_booking_reminds_nobody_and_tells_each_manager_once(mara):
    booking = make_booking()
    for shift in booking.slot.shifts.all()[:1]:
        rota.withdraw_shift(shift, by=mara, now=NOW, reason="ill")

    remind(now=TUESDAY)
    remind(now=TUESDAY)

    assert why() == ["the booking is incomplete; the managers are told"] * 2
    managers = User.objects.filter(groups__name="manager")
    told = Message.objects.filter(template="session_incomplete")
    assert sorted(told.values_list("person", flat=True)) == sorted(manager.pk for manager in managers)
    assert not Message.objects.filter(template="session_reminder").exists()


def test_withdrawn_consent_of_one_makes_the_booking_incomplete(lin, mei):
    make_booking(one=lin, other=mei)
    withdraw_consent(mei, scope="record", now=NOW)

    remind(now=TUESDAY)

    assert len(why()) == 2


def test_booking_is_looked_at_once_for_all_its_reminders(lin, mei):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            remind(now=TUESDAY)
        return sum("scheduling_block" in query["sql"] for query in queries)

    confirm_address(lin)
    confirm_address(mei, email="mei@example.org")
    make_booking(one=lin, other=mei)

    assert cost() == 1
    assert (
        sorted(states()).count((48, "sms", "posted")) == sorted(states()).count((48, "email", "posted")) == 2
    )


def test_run_ends_in_time_and_the_next_goes_on(monkeypatch):
    make_booking()
    with monkeypatch.context() as patch:
        patch.setattr(reminders, "LONGEST_RUN_S", 0)
        assert remind(now=TUESDAY) == 0

    assert remind(now=TUESDAY) == 2


def test_reminder_after_its_time_is_not_sent():
    make_booking()

    remind(now=THURSDAY_EIGHT)

    assert why() == ["too late for this news"] * 2
    assert sorted(states()) == [(3, "sms", "posted")] * 2 + [(48, "sms", "dropped")] * 2


def test_person_without_account_is_not_reminded(lin, mei):
    make_booking(one=lin, other=mei)
    User.objects.filter(pk=mei.pk).update(is_active=False)

    remind(now=TUESDAY)

    assert why() == ["the account is closed", "the booking is incomplete; the managers are told"]


def test_booking_cancelled_after_posting_drops_the_message(lin):
    booking = make_booking(one=lin)
    remind(now=TUESDAY)
    bookings.cancel_booking(booking, by=lin, now=TUESDAY)

    assert work(now=TUESDAY) == []
    assert {status for _h, _c, status in states()} == {"dropped"}


# --- what became of it ---


def test_provider_that_is_busy_is_tried_again_and_the_reminder_sent_once(settings):
    make_booking()
    use(settings, BusyBackend)
    remind(now=TUESDAY)
    delivery.deliver_due(now=TUESDAY)
    settings.SMS_BACKEND = "accounts.sms.MemoryBackend"

    assert len(work(now=TUESDAY + timedelta(minutes=1))) == 2
    assert len(work(now=TUESDAY + timedelta(minutes=2))) == 2


def test_provider_without_an_answer_is_asked_and_nobody_reminded_twice(settings):
    make_booking()
    use(settings, ForgetfulBackend)
    ForgetfulBackend.taken.clear()
    for minute in range(20):
        work(now=TUESDAY + timedelta(minutes=minute))

    assert len(ForgetfulBackend.taken) == 2
    assert len({message.to for message in ForgetfulBackend.taken}) == 2
    assert sorted(states()) == [(3, "sms", "waiting")] * 2 + [(48, "sms", "sent")] * 2


def test_failed_reminder_follows_what_a_human_says(mara):
    make_booking()
    remind(now=TUESDAY)
    message = Message.objects.first()
    move_message(message, MessageStatus.SENDING, by=None, now=TUESDAY, reference="x")
    move_message(message, MessageStatus.UNKNOWN, by=None, now=TUESDAY)
    remind(now=TUESDAY)
    assert message.reminder.status == "failed"

    settle_message(message, outcome="again", by=mara, reason="asked", now=TUESDAY)
    remind(now=TUESDAY)

    assert Reminder.objects.get(message=message).status == "posted"
    assert [e.new for e in ReminderEvent.objects.filter(reminder__message=message)] == [
        "posted",
        "failed",
        "posted",
    ]


def test_reminder_moves_by_the_table_and_once():
    make_booking()
    first, same = Reminder.objects.get(pk=Reminder.objects.first().pk), Reminder.objects.first()

    assert move_reminder(first, "dropped", by=None, now=NOW)
    assert not move_reminder(same, "dropped", by=None, now=NOW)
    with pytest.raises(ValueError, match="from dropped to sent"):
        move_reminder(first, "sent", by=None, now=NOW)
