"""What follows from no-shows: suspension, amnesty, a manager's override, an objection. Rule: R-26."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import delivery, sms
from accounts.models import Message
from scheduling import invariants, qualifications, standing
from scheduling.amnesties import give_amnesty
from scheduling.attendance import record_attendance
from scheduling.bookings import cancel_booking, fail_booking
from scheduling.models import (
    Amnesty,
    Attendance,
    AttendanceEvent,
    Booking,
    Objection,
    Qualification,
    QualificationEvent,
)
from scheduling.reports import report_person, suspend_person
from scheduling.suspension_news import KINDS
from tests.factories import NOW, THURSDAY_MORNING, make_booking, make_slot

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def booked(lin, mei) -> list[Booking]:
    """Three sessions of 林小雨 and 梅朵, a day apart; those before failed so that the next could be booked."""
    made = [make_booking(one=lin, other=mei)]
    for number in (1, 2):
        fail_booking(made[-1], by=lin, now=NOW, reason="test")
        slot = make_slot(project=made[0].project, starts_at=THURSDAY_MORNING + number * DAY)
        made.append(make_booking(slot=slot, pair=made[0].pair, one=lin))
    return made


def right_of(person):
    return Qualification.objects.get(person=person)


def end(booking, outcome, *, person, by, at=None, reason="", **fields):
    at = at or booking.slot.starts_at
    return record_attendance(booking, person=person, outcome=outcome, by=by, now=at, reason=reason, **fields)


def log(person):
    events = QualificationEvent.objects.filter(qualification__person=person).order_by("pk")
    return list(events.values_list("new", "cause", "reason"))[1:]


def told(person):
    rows = Message.objects.filter(person=person, key__startswith="qualification-event").order_by("pk")
    return list(rows.values_list("template", flat=True))


def miss_two(booked, *, person, by):
    for booking in booked[:2]:
        end(booking, "no_show", person=person, by=by)


# --- suspension ---


def test_second_no_show_suspends_says_why_and_tells_the_person(booked, lin, oskar):
    miss_two(booked, person=lin, by=oskar)

    assert log(lin) == [("suspended", "no_shows", "")]
    assert told(lin) == ["suspended_no_shows"]
    delivery.deliver_due(now=booked[1].slot.starts_at)
    assert [message.text for message in sms.MemoryBackend.sent] == [
        "【Duologue】因多次未到场，你的预约资格已暂停。如有误，请登录查看并申诉。"
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.template)
def test_each_text_is_one_part(kind, language):
    text = sms.render_message(to="", template=kind.template, language=language, params={}).text

    assert sms.count_parts(text) == 1


@pytest.mark.parametrize("outcome", ["attended", "late", "turned_away"])
def test_other_outcomes_never_suspend(booked, lin, oskar, outcome):
    for booking in booked:
        end(booking, outcome, person=lin, by=oskar)

    assert right_of(lin).status == "active"
    assert told(lin) == []


def test_studio_that_fails_turns_both_away_and_neither_is_to_blame(booked, lin, mei, oskar):
    for booking in booked[:2]:
        for person in (lin, mei):
            end(booking, "turned_away", person=person, by=oskar, reason="Power cut")

    assert {standing.no_show_count(one, project=booked[0].project) for one in (lin, mei)} == {0}


def test_recorded_session_has_nobody_who_missed_it(lin, mei, oskar):
    booking = make_booking(one=lin, other=mei, status="completed")

    with pytest.raises(ValidationError) as refusal:
        end(booking, "no_show", person=lin, by=oskar, reason="x")

    assert refusal.value.code == "recorded"
    assert end(booking, "late", person=lin, by=oskar, reason="20 minutes").outcome == "late"


# --- a manager's override ---


def test_override_lifts_the_suspension_whose_ground_it_takes(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    row = end(
        booked[1], "turned_away", person=lin, by=mara, at=NOW + 9 * DAY, reason="Was sent to the wrong hall"
    )

    assert (row.outcome, row.arrived_at) == ("turned_away", None)
    assert log(lin) == [("suspended", "no_shows", ""), ("active", "no_ground", "")]
    assert told(lin) == ["suspended_no_shows", "suspension_lifted"]
    assert list(AttendanceEvent.objects.filter(attendance=row).values_list("old", "new", "reason")) == [
        ("", "no_show", ""),
        ("no_show", "turned_away", "Was sent to the wrong hall"),
    ]


def test_override_days_later_keeps_the_outcome_that_was_said(booked, lin, oskar, mara):
    end(booked[0], "no_show", person=lin, by=oskar)

    row = end(booked[0], "attended", person=lin, by=mara, at=NOW + 9 * DAY, reason="The list was wrong")

    assert (row.outcome, row.arrived_at) == ("attended", None)


def test_override_of_one_of_three_leaves_the_suspension(booked, lin, oskar, mara):
    for booking in booked:
        end(booking, "no_show", person=lin, by=oskar)
    end(booked[0], "attended", person=lin, by=mara, reason="x")

    assert log(lin) == [("suspended", "no_shows", "")]


def test_override_back_suspends_again(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    end(booked[1], "attended", person=lin, by=mara, at=NOW + 8 * DAY, reason="x")
    end(booked[1], "no_show", person=lin, by=mara, at=NOW + 9 * DAY, reason="It was another Lin")

    assert [new for new, _cause, _reason in log(lin)] == ["suspended", "active", "suspended"]


def test_override_of_what_was_changed_meanwhile_is_refused(booked, lin, oskar, mara):
    end(booked[0], "no_show", person=lin, by=oskar)
    end(booked[0], "late", person=lin, by=mara, reason="x", seen="no_show")

    with pytest.raises(ValidationError) as refusal:
        end(booked[0], "attended", person=lin, by=oskar, reason="y", seen="no_show")

    assert refusal.value.code == "moved"
    assert AttendanceEvent.objects.count() == 2


def test_suspension_on_another_ground_is_not_lifted(booked, lin, oskar, mara):
    qualifications.suspend_qualification(right_of(lin), by=mara, now=NOW, reason="Insulted the partner")
    miss_two(booked, person=lin, by=oskar)
    end(booked[1], "attended", person=lin, by=mara, reason="x")

    assert log(lin) == [("suspended", "", "Insulted the partner")]
    assert told(lin) == ["suspended"]


def test_second_ground_keeps_a_suspension_whose_first_falls_away(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    qualifications.suspend_qualification(right_of(lin), by=mara, now=NOW + 8 * DAY, reason="Insulted staff")
    end(booked[1], "attended", person=lin, by=mara, at=NOW + 9 * DAY, reason="x")

    assert log(lin) == [("suspended", "no_shows", ""), ("suspended", "", "Insulted staff")]
    with pytest.raises(ValidationError) as refusal:
        qualifications.suspend_qualification(right_of(lin), by=mara, now=NOW + 9 * DAY, reason="again")
    assert refusal.value.code == "moved"


def test_report_is_a_second_ground(booked, lin, mei, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    report = report_person(
        lin,
        project=booked[0].project,
        entry=None,
        reason="rude",
        text="Shouted",
        by=mei,
        now=NOW + 8 * DAY,
    )

    suspend_person(report, by=mara, now=NOW + 8 * DAY, reason="Shouting")

    assert log(lin)[-1] == ("suspended", "", "Shouting")


def test_restored_by_hand_stays_so_until_the_next_no_show(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    qualifications.restore_qualification(
        right_of(lin), by=mara, now=booked[1].slot.starts_at + timedelta(minutes=1), reason="Was ill"
    )
    assert standing.settle_qualifications(now=NOW + 9 * DAY) == 0
    assert right_of(lin).status == "active"

    end(booked[2], "no_show", person=lin, by=oskar)

    assert right_of(lin).status == "suspended"


def test_withdrawn_right_is_left_alone(booked, lin, oskar, mara):
    qualifications.withdraw_qualification(right_of(lin), by=mara, now=NOW, reason="Left")
    miss_two(booked, person=lin, by=oskar)

    assert (right_of(lin).status, told(lin)) == ("withdrawn", [])


# --- amnesty ---


def amnesty(project, *, by, day, person=None, now=NOW + 9 * DAY, reason="Wrong signs in the hall"):
    return give_amnesty(project, person=person, counts_from_on=day, by=by, now=now, reason=reason)


def test_amnesty_for_one_lifts_their_suspension_at_once(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    second_day = (THURSDAY_MORNING + DAY).date()

    amnesty(booked[0].project, by=mara, day=second_day, person=lin)

    assert right_of(lin).status == "active"
    assert standing.no_show_count(lin, project=booked[0].project) == 1


def test_amnesty_for_all_is_settled_by_the_worker_once(booked, lin, mei, oskar, mara):
    for person in (lin, mei):
        miss_two(booked, person=person, by=oskar)
    amnesty(booked[0].project, by=mara, day=(THURSDAY_MORNING + DAY).date())
    assert right_of(lin).status == "suspended"

    assert [standing.settle_qualifications(now=NOW + 9 * DAY) for _run in range(2)] == [2, 0]
    assert {right_of(one).status for one in (lin, mei)} == {"active"}


def test_amnesty_taken_back_counts_again(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    amnesty(booked[0].project, by=mara, day=(THURSDAY_MORNING + 2 * DAY).date(), person=lin)
    amnesty(booked[0].project, by=mara, day=None, person=lin, reason="The signs were right")

    assert right_of(lin).status == "suspended"
    assert Amnesty.objects.count() == 2


def test_amnesty_begins_with_its_day_and_later_of_two_holds(booked, lin, oskar, mara):
    project = booked[0].project
    miss_two(booked, person=lin, by=oskar)
    counted = []
    for day in (0, 1, 2):
        amnesty(project, by=mara, day=(THURSDAY_MORNING + day * DAY).date())
        counted.append(standing.no_show_count(lin, project=project))
    amnesty(project, by=mara, day=THURSDAY_MORNING.date(), person=lin)

    assert counted == [2, 1, 0]
    assert standing.no_show_count(lin, project=project) == 0
    assert (
        standing.standing_of(lin, project=project).counts_from_at
        == Amnesty.objects.earliest("-counts_from_at").counts_from_at
    )


def test_amnesty_is_for_its_project_and_person_alone(booked, lin, mei, oskar, mara):
    for person in (lin, mei):
        end(booked[0], "no_show", person=person, by=oskar)
    amnesty(booked[0].project, by=mara, day=(THURSDAY_MORNING + DAY).date(), person=lin)

    assert [standing.no_show_count(one, project=booked[0].project) for one in (lin, mei)] == [0, 1]


@pytest.mark.parametrize(
    ("told_day", "reason", "code"), [(0, " ", "reason"), (1, "x", "future")], ids=["reason", "future"]
)
def test_amnesty_is_refused(booked, mara, told_day, reason, code):
    with pytest.raises(ValidationError) as refusal:
        amnesty(booked[0].project, by=mara, day=(NOW + told_day * DAY).date(), now=NOW, reason=reason)

    assert refusal.value.code == code
    assert not Amnesty.objects.exists()


# --- objections ---


def object_to(person, *, words="I was there", now=NOW + 9 * DAY):
    return qualifications.object_to_suspension(right_of(person), words=words, now=now)


def test_objection_waits_until_it_is_answered(booked, lin, oskar, mara):
    miss_two(booked, person=lin, by=oskar)
    objection = object_to(lin)
    assert list(qualifications.open_objections()) == [objection]

    qualifications.keep_suspended(right_of(lin), by=mara, now=NOW + 10 * DAY, reason="The camera says no")

    assert not qualifications.open_objections().exists()
    assert log(lin)[-1] == ("suspended", "no_shows", "The camera says no")
    assert object_to(lin, now=NOW + 11 * DAY).pk != objection.pk
    end(booked[1], "attended", person=lin, by=mara, at=NOW + 12 * DAY, reason="It was a look-alike")
    assert right_of(lin).status == "active"
    assert not qualifications.open_objections().exists()


def test_objections_are_refused(booked, lin, oskar):
    codes = []

    def refused(words):
        with pytest.raises(ValidationError) as refusal:
            object_to(lin, words=words)
        codes.append(refusal.value.code)

    refused("too early")
    miss_two(booked, person=lin, by=oskar)
    refused("  ")
    object_to(lin)
    refused("again")

    assert codes == ["not_suspended", "no_words", "waits"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.update(words="forged")


@pytest.mark.parametrize("code", ["moved", "reason"])
def test_only_what_is_suspended_is_kept_so_and_with_words(booked, lin, mara, code):
    with pytest.raises(ValidationError) as refusal:
        qualifications.keep_suspended(right_of(lin), by=mara, now=NOW, reason="x" if code == "moved" else "")

    assert refusal.value.code == code


# --- the rows ---


def test_late_cancellations_stand_beside_and_suspend_nobody(lin, mei):
    booking = make_booking(one=lin, other=mei)
    cancel_booking(booking, by=lin, now=booking.slot.starts_at - timedelta(hours=1))

    found = standing.standing_of(lin, project=booking.project)

    assert (found.counted, found.limit, found.left, found.late_cancellations) == (0, 2, 2, 1)
    assert standing.standing_of(mei, project=booking.project).late_cancellations == 0


def test_settling_costs_the_same_for_one_and_three(booked, lin, mei, oskar, django_assert_num_queries):
    assert standing.settle_qualifications(now=NOW) == 0
    with django_assert_num_queries(1):
        standing.settle_qualifications(now=NOW)
    for person in (lin, mei):
        miss_two(booked, person=person, by=oskar)
    with django_assert_num_queries(1):
        standing.settle_qualifications(now=NOW)


def test_sweep_finds_what_was_never_settled(booked, lin, oskar):
    miss_two(booked, person=lin, by=oskar)
    assert invariants.broken_standings() == []

    Attendance.objects.filter(person=lin).update(outcome="attended")

    pk = right_of(lin).pk
    assert invariants.broken_standings() == [f"qualification {pk} is “suspended” with 0 no-shows that count"]
    Qualification.objects.filter(pk=pk).update(status="withdrawn")
    assert invariants.broken_standings() == [
        f"qualification {pk} is “withdrawn”, its last event says “suspended”"
    ]
