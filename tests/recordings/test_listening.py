from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from recordings.listening import (
    heard_seconds,
    log_play,
    open_sample,
    record_listening,
    seconds_for_approval,
    seconds_for_rejection,
)
from recordings.models import PlayEvent, PlayPurpose
from tests.recordings.makers import make_sample


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project, duration_ms=150_400)


def heard(sample, *, by, seconds, now):
    return record_listening(sample, listener=by, seconds=seconds, now=now).heard_seconds


def test_heard_seconds_are_each_counted_once(sample, rui, now):
    open_sample(sample, listener=rui, now=now)
    later = now + timedelta(minutes=1)

    heard(sample, by=rui, seconds=[0, 1, 2, 2, 1], now=later)

    assert heard(sample, by=rui, seconds=[2, 3], now=later) == [0, 1, 2, 3]
    assert heard_seconds(sample, listener=rui) == [0, 1, 2, 3]


def test_heard_seconds_are_bounded_by_the_clock(sample, rui, now):
    open_sample(sample, listener=rui, now=now)

    assert heard(sample, by=rui, seconds=range(151), now=now) == []
    assert heard(sample, by=rui, seconds=range(151), now=now + timedelta(seconds=2)) == [0, 1, 2, 3, 4]
    assert heard(sample, by=rui, seconds=range(151), now=now + timedelta(seconds=4)) == list(range(10))
    assert heard(sample, by=rui, seconds=range(151), now=now + timedelta(seconds=61)) == list(range(151))


def test_heard_seconds_lie_within_the_sound(sample, rui, now):
    open_sample(sample, listener=rui, now=now)

    assert heard(sample, by=rui, seconds=[-1, 150, 151, 10**12], now=now + timedelta(hours=1)) == [150]


def test_listeners_are_counted_apart(sample, rui, tao, now):
    for listener in (rui, tao):
        open_sample(sample, listener=listener, now=now)

    heard(sample, by=rui, seconds=[0], now=now + timedelta(seconds=9))

    assert heard_seconds(sample, listener=tao) == []


def test_needed_seconds_are_the_projects(sample):
    assert seconds_for_approval(sample) == 136
    assert seconds_for_rejection(sample) == 3

    sample.duration_ms = 2_000
    assert seconds_for_rejection(sample) == 2


def log(sample, *, by, at, purpose=PlayPurpose.REVIEW):
    log_play(sample, listener=by, purpose=purpose, now=at)


def test_play_is_logged_once_a_minute_and_listener(sample, rui, tao, now):
    for seconds in (0, 7, 59, 60, 119):
        log(sample, by=rui, at=now + timedelta(seconds=seconds))
    log(sample, by=tao, at=now, purpose=PlayPurpose.CROSS_REVIEW)

    events = PlayEvent.objects.order_by("pk").values_list("listener", "minute_at", "purpose", "delivery")
    assert list(events) == [
        (rui.pk, now, "review", "django"),
        (rui.pk, now + timedelta(minutes=1), "review", "django"),
        (tao.pk, now, "cross_review", "django"),
    ]


def test_play_that_somebody_logged_meanwhile_is_one_play(sample, rui, now, monkeypatch):
    log(sample, by=rui, at=now)
    monkeypatch.setattr(QuerySet, "exists", lambda self: False)

    log(sample, by=rui, at=now)

    assert PlayEvent.objects.count() == 1


def test_logging_a_play_costs_the_same_however_many_there_were(sample, rui, now, django_assert_num_queries):
    log(sample, by=rui, at=now)
    for minute in (1, 30):
        for second in range(minute):
            log(sample, by=rui, at=now + timedelta(hours=1, minutes=second))
        with django_assert_num_queries(1):
            log(sample, by=rui, at=now + timedelta(hours=1, seconds=1))
        with django_assert_num_queries(2):
            log(sample, by=rui, at=now + timedelta(hours=2, minutes=minute))


def test_log_of_plays_is_never_changed(sample, rui, now):
    log(sample, by=rui, at=now)
    event = PlayEvent.objects.get()

    with pytest.raises(ValueError, match="never changed"):
        event.save()
    with pytest.raises(ValueError, match="never deleted"):
        event.delete()
    for change in (lambda: PlayEvent.objects.update(purpose="own"), lambda: PlayEvent.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
