from datetime import timedelta

import pytest

from recordings.listening import (
    heard_seconds,
    log_play,
    open_sample,
    record_listening,
    seconds_for_approval,
    seconds_for_rejection,
)
from recordings.models import SamplePlay
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


def test_play_is_logged_once_a_minute(sample, rui, now):
    log_play(sample, listener=rui, now=now)
    log_play(sample, listener=rui, now=now + timedelta(seconds=59))
    assert SamplePlay.objects.get().updated_at == now

    log_play(sample, listener=rui, now=now + timedelta(seconds=60))
    assert SamplePlay.objects.get().updated_at == now + timedelta(seconds=60)
