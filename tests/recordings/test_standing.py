"""What a person is told of the wait: the last decisions, or nothing."""

from datetime import timedelta

import pytest
from django.utils import translation

from recordings.models import Sample, SampleStatus
from recordings.standing import LAST_DECISIONS, describe_sample, usual_wait
from tests.factories import NOW, make_newcomer
from tests.recordings.makers import make_sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project)


def decide(project, *hours, status=SampleStatus.APPROVED):
    """Let samples be decided so many hours after they were sent."""
    for number, span in enumerate(hours):
        made = make_sample(make_newcomer(), project=project, status=status)
        decided_at = NOW - timedelta(minutes=number)
        Sample.objects.filter(pk=made.pk).update(
            sent_at=decided_at - timedelta(hours=span), decided_at=decided_at
        )


def said(sample, *, after=timedelta(0)):
    return describe_sample(sample, now=NOW + after)["said"]


def test_wait_is_not_told_before_there_are_five_decisions(sample, project):
    decide(project, 1, 2, 3, 4)

    assert usual_wait(sample) is None
    assert said(sample) == "In review: 0 of 2 reviewers have listened."


def test_wait_is_that_of_four_of_five(sample, project):
    decide(project, 30, 1, 3, 2, 4)

    assert usual_wait(sample) == timedelta(hours=4)
    assert said(sample) == "In review: 0 of 2 reviewers have listened. Mostly decided within 4 hours."


@pytest.mark.parametrize(
    ("hours", "span"), [(0.2, "1 hour"), (1.5, "2 hours"), (48, "48 hours"), (48.1, "3 days"), (72, "3 days")]
)
def test_wait_is_rounded_up(sample, project, hours, span):
    decide(project, *[hours] * 5)

    assert said(sample).endswith(f"Mostly decided within {span}.")


def test_wait_that_is_over_is_not_promised(sample, project):
    decide(project, *[4] * 5)

    assert said(sample, after=timedelta(hours=4)).endswith("Mostly decided within 4 hours.")
    assert said(sample, after=timedelta(hours=4, seconds=1)).endswith("nothing is lost.")


def test_wait_is_of_people_and_of_the_last_fifty(sample, project):
    decide(project, *[2] * LAST_DECISIONS, *[200] * 3)
    refused = make_sample(make_newcomer(), project=project, status=SampleStatus.MEASURING)
    Sample.objects.filter(pk=refused.pk).update(status="refused", refusal="silent", decided_at=NOW)

    assert usual_wait(sample) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SampleStatus.MEASURING, "Being measured: We check length and level."),
        (SampleStatus.CROSS_REVIEW, "In cross review: The reviewers did not agree on a yes."),
        (SampleStatus.APPROVED, "Approved: "),
        (SampleStatus.REJECTED, "Not approved: "),
    ],
)
def test_standing_is_said_in_one_breath(lin, project, status, words):
    assert said(make_sample(lin, project=project, status=status)).startswith(words)


def test_two_chinese_sentences_have_no_space_between_them(sample, project):
    decide(project, *[4] * 5)

    with translation.override("zh-hans"):
        assert said(sample).endswith("审听员听过。多数在 4 小时内有结果。")
