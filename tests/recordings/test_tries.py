from datetime import timedelta

import pytest

from accounts.models import Scope
from recordings.models import SampleStatus
from recordings.samples import move_sample
from recordings.tries import SampleRefused, check_may_send, find_obstacle
from tests.factories import make_consents, make_newcomer, make_person
from tests.recordings.makers import make_sample, reject


def obstacle_code(person, *, project, now):
    obstacle = find_obstacle(person, project=project, now=now)
    return obstacle.code if obstacle else ""


def test_first_sample_may_be_sent(lin, project, now):
    assert obstacle_code(lin, project=project, now=now) == ""


def test_newcomer_tells_and_agrees_first(project, now):
    newcomer = make_newcomer()
    assert obstacle_code(newcomer, project=project, now=now) == "profile"

    silent = make_person("无声", scopes=(Scope.SHARE,))
    assert obstacle_code(silent, project=project, now=now) == "consent"

    make_consents(silent, scopes=(Scope.RECORD,))
    assert obstacle_code(silent, project=project, now=now) == ""


def test_closed_project_takes_none(lin, project, now):
    project.is_open = False

    with pytest.raises(SampleRefused) as refusal:
        check_may_send(lin, project=project, now=now)

    assert refusal.value.code == "closed"


@pytest.mark.parametrize(
    "status", [SampleStatus.MEASURING, SampleStatus.IN_REVIEW, SampleStatus.CROSS_REVIEW]
)
def test_running_sample_is_the_only_one(lin, project, now, status):
    make_sample(lin, project=project, status=status)

    assert obstacle_code(lin, project=project, now=now) == "running"


def test_approved_sample_is_the_last(lin, project, now):
    make_sample(lin, project=project, status=SampleStatus.APPROVED)

    assert obstacle_code(lin, project=project, now=now) == "approved"


def test_rejected_person_waits_seven_days(lin, lead, project, now):
    reject(make_sample(lin, project=project, status=SampleStatus.CROSS_REVIEW), lead=lead, now=now)

    week = now + timedelta(days=7)
    obstacle = find_obstacle(lin, project=project, now=week - timedelta(seconds=1))

    assert obstacle.code == "too_soon"
    assert obstacle.params["at"] == week
    assert obstacle_code(lin, project=project, now=week) == ""


def test_reason_that_allows_no_new_try_ends_it(lin, lead, project, now):
    sample = make_sample(lin, project=project, status=SampleStatus.CROSS_REVIEW)
    reject(sample, lead=lead, now=now, reasons=["noise", "synthetic"])

    assert obstacle_code(lin, project=project, now=now + timedelta(days=400)) == "not_again"


def test_third_sample_is_the_last(lin, lead, project, now):
    for week in range(3):
        then = now + timedelta(days=8 * week)
        assert obstacle_code(lin, project=project, now=then) == ""
        sample = make_sample(lin, project=project, status=SampleStatus.CROSS_REVIEW, sent_at=then)
        reject(sample, lead=lead, now=then)

    assert obstacle_code(lin, project=project, now=now + timedelta(days=400)) == "no_more"


def test_refused_files_are_no_tries_but_have_a_limit_a_day(lin, project, now):
    for minute in range(project.max_refused_samples_per_day):
        assert obstacle_code(lin, project=project, now=now) == ""
        refuse(
            make_sample(
                lin, project=project, status=SampleStatus.MEASURING, sent_at=now + timedelta(minutes=minute)
            )
        )

    assert obstacle_code(lin, project=project, now=now + timedelta(hours=1)) == "too_many_refused"
    assert obstacle_code(lin, project=project, now=now + timedelta(days=1)) == ""


def test_other_project_starts_afresh(lin, project, now):
    make_sample(lin, project=project, status=SampleStatus.APPROVED)
    other = type(project).objects.create(name="粤语", slug="cantonese")

    assert obstacle_code(lin, project=other, now=now) == ""


def refuse(sample):
    move_sample(sample, SampleStatus.REFUSED, by=None, now=sample.sent_at, refusal="too_short")
