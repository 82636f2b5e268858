"""The partner board: who is on it, what may stand there, and who sees whom."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from scheduling import blocks, board, invariants, pairs, qualifications, tasks, visibility
from scheduling.board import BoardRefused
from scheduling.models import BoardEntry, Booking, DayPart, Pair
from tests.factories import (
    NOW,
    make_board_entry,
    make_board_slots,
    make_booking,
    make_booth,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_slot,
)

pytestmark = pytest.mark.django_db
THURSDAY = date(2026, 3, 5)


@pytest.fixture
def project(db):
    project = make_project()
    make_board_slots(project=project)
    return project


def publish(person, project, *, about="爱笑", topics="电影", times=None, now=NOW):
    times = {(THURSDAY, DayPart.EVENING.value)} if times is None else times
    return board.publish_entry(
        person, project=project, city=make_city(), about=about, topics=topics, times=times, now=now
    )


def refused(person, project, **told):
    with pytest.raises(BoardRefused) as refusal:
        publish(person, project, **told)
    return refusal.value.code


def seen_by(person, project, *, now=NOW):
    return [entry.person for entry in visibility.entries_for(person, project=project, now=now)]


def test_publish_puts_the_person_on_the_board_for_two_weeks(lin, project, now):
    make_qualified(lin, project=project)

    entry = publish(lin, project)

    assert (entry.status, entry.waits_from, entry.expires_at) == ("open", now, now + timedelta(days=14))
    assert list(entry.availabilities.values_list("on", "part")) == [(THURSDAY, "3_evening")]
    assert list(entry.events.values_list("old", "new", "by")) == [("", "open", lin.pk)]


def test_publish_again_replaces_the_words_and_keeps_the_waiting_time(lin, project, now):
    make_qualified(lin, project=project)
    first = publish(lin, project)

    second = publish(lin, project, about="安静，爱听", now=now + timedelta(days=1))

    first.refresh_from_db()
    assert (first.status, first.about) == ("withdrawn", "爱笑")
    assert (second.waits_from, second.published_at) == (now, now + timedelta(days=1))
    assert BoardEntry.objects.filter(status="open").count() == 1


def test_publish_after_the_end_begins_to_wait_anew(lin, project, now):
    make_qualified(lin, project=project)
    first = publish(lin, project)
    make_slot(project=project, starts_at=first.expires_at.replace(hour=18) + timedelta(days=3), staff=0)
    times = board.coming_times(project, city=make_city(), now=first.expires_at)

    second = publish(lin, project, times=set(times), now=first.expires_at)

    first.refresh_from_db()
    assert (first.status, second.waits_from) == ("expired", first.expires_at)


def test_publish_is_refused_to_who_may_not_look_for_a_partner(lin, mei, stranger, mara, project, now):
    make_pair(lin, mei, project=project)
    rest = make_person()
    qualifications.suspend_qualification(
        make_qualified(rest, project=project), by=mara, now=now, reason="no-shows"
    )

    assert refused(lin, project) == "paired"
    assert refused(stranger, project) == "not_qualified"
    assert refused(rest, project) == "not_qualified"


def test_publish_is_refused_in_a_closed_project(lin, project):
    make_qualified(lin, project=project)
    project.is_open = False
    project.save()

    assert refused(lin, project) == "closed"


def test_publish_is_refused_when_no_session_is_left(lin, mei, project, now):
    project.max_sessions_per_person = 1
    pair = make_booking(one=lin, other=mei, slot=make_slot(project=project, booth=make_booth())).pair
    Booking.objects.update(status="completed")
    pairs.end_pair(pair, by=lin, now=now)

    assert refused(lin, project) == "enough"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("打给我 13800138000", "phone"),
        ("微信 xiaoyu1998", "account"),
        ("lin@example.org", "address"),
        ("我叫林小雨", "name"),
    ],
)
@pytest.mark.parametrize("field", ["about", "topics"])
def test_publish_refuses_what_would_let_a_stranger_find_the_person(lin, project, words, code, field):
    make_qualified(lin, project=project)

    assert refused(lin, project, **{field: words}) == code
    assert BoardEntry.objects.count() == 0


def test_publish_refuses_times_that_are_none(lin, project):
    make_qualified(lin, project=project)

    assert refused(lin, project, times=set()) == "no_times"
    assert refused(lin, project, times={(THURSDAY + timedelta(days=9), "3_evening")}) == "times"


def test_coming_times_are_those_of_the_citys_bookable_slots(project, now):
    other = make_city(name="Shanghai", name_zh="上海")
    make_slot(project=project, booth=make_booth(city=other), staff=0)
    make_slot(project=project, booth=make_booth(), starts_at=now.replace(hour=18), staff=0)

    assert board.coming_times(project, city=other, now=now) == [(THURSDAY, "1_morning")]
    assert board.coming_times(project, city=make_city(), now=now) == [
        (THURSDAY + timedelta(days=day), part.value) for day in range(3) for part in DayPart
    ]


def test_board_shows_everybody_else_longest_waiting_first(lin, mei, stranger, project, now):
    make_board_entry(mei, project=project, now=now)
    make_board_entry(lin, project=project, now=now - timedelta(hours=1))
    make_qualified(stranger, project=project)

    assert seen_by(stranger, project) == [lin, mei]
    assert seen_by(lin, project) == [mei]


@pytest.mark.parametrize("way", ["blocks", "is blocked"])
def test_board_hides_the_blocked_from_each_other(lin, mei, project, now, way):
    make_board_entry(lin, project=project)
    make_board_entry(mei, project=project)
    one, other = (lin, mei) if way == "blocks" else (mei, lin)

    blocks.block_person(one, blocked=other, now=now)

    assert seen_by(lin, project) == []
    assert seen_by(mei, project) == []


def test_board_hides_the_suspended_and_shows_the_restored(lin, mei, mara, project, now):
    make_board_entry(lin, project=project)
    make_qualified(mei, project=project)
    qualification = lin.qualifications.get()

    qualifications.suspend_qualification(qualification, by=mara, now=now, reason="no-shows")
    suspended = seen_by(mei, project)
    qualifications.restore_qualification(qualification, by=mara, now=now, reason="a mistake")

    assert (suspended, seen_by(mei, project)) == ([], [lin])


def test_board_hides_who_has_left(lin, mei, project):
    make_board_entry(lin, project=project)
    make_qualified(mei, project=project)
    lin.is_active = False
    lin.save()

    assert seen_by(mei, project) == []


def test_board_hides_with_whom_the_sessions_are_used_up(lin, mei, stranger, project, now):
    project.max_sessions_per_pair = 1
    project.save()
    pair = make_booking(one=lin, other=mei, slot=make_slot(project=project, booth=make_booth())).pair
    Booking.objects.update(status="completed")
    pairs.end_pair(pair, by=lin, now=now)
    make_board_entry(lin, project=project)
    make_qualified(stranger, project=project)

    assert seen_by(mei, project) == []
    assert seen_by(stranger, project) == [lin]


def test_board_shows_whom_one_parted_from_with_sessions_left(lin, mei, project, now):
    pairs.end_pair(make_pair(lin, mei, project=project), by=lin, now=now)
    make_board_entry(lin, project=project)

    assert seen_by(mei, project) == [lin]


def test_entry_ends_when_a_pair_is_made_by_a_code_too(lin, mei, project):
    entry = make_board_entry(lin, project=project)

    make_pair(lin, mei, project=project)

    entry.refresh_from_db()
    assert entry.status == "paired"
    assert invariants.broken_board() == []


def test_entry_is_over_at_its_end_and_not_before(lin, mei, project, clock):
    entry = make_board_entry(lin, project=project)
    make_qualified(mei, project=project)
    last = entry.expires_at - timedelta(microseconds=1)

    assert (seen_by(mei, project, now=last), seen_by(mei, project, now=entry.expires_at)) == ([lin], [])
    clock.move_to(last)
    assert tasks.expire_board_entries() == 0
    clock.move_to(entry.expires_at)
    assert tasks.expire_board_entries() == 1
    entry.refresh_from_db()
    assert entry.status == "expired"


def test_withdrawn_entry_is_gone_and_withdrawn_once(lin, mei, project, now):
    entry = make_board_entry(lin, project=project)
    make_qualified(mei, project=project)

    board.withdraw_entry(entry, by=lin, now=now)

    assert seen_by(mei, project) == []
    with pytest.raises(BoardRefused) as refusal:
        board.withdraw_entry(entry, by=lin, now=now)
    assert refusal.value.code == "moved"


def test_database_refuses_a_second_open_entry(lin, project):
    entry = make_board_entry(lin, project=project)
    entry.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


def test_sweep_finds_a_torn_log_and_an_entry_of_somebody_paired(lin, mei, project):
    torn = make_board_entry(lin, project=project)
    BoardEntry.objects.filter(pk=torn.pk).update(status="hidden")
    entry = make_board_entry(mei, project=project)
    other = make_person()
    one, two = sorted((mei, other), key=lambda person: person.pk)
    Pair.objects.create(project=project, person_a=one, person_b=two, made_at=NOW)

    assert invariants.broken_board() == [
        f"board entry {torn.pk} is “hidden”, its last event says “open”",
        f"board entry {entry.pk} is open, its person has a partner",
    ]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the plan as SQLite tells it")
def test_board_is_read_along_an_index_and_never_sorted(lin, mei, project, now):
    entry = make_board_entry(mei, project=project)
    seen = visibility.entries_for(lin, project=project, now=now)

    for entries in (seen, seen.filter(city=entry.city)):
        assert "B-TREE FOR ORDER BY" not in entries[:13].explain()
        assert list(entries) == [entry]
