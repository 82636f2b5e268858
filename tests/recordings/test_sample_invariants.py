from datetime import timedelta

import pytest

from recordings.invariants import broken_reviews, broken_samples
from recordings.models import CrossReview, Review, Sample, SampleStatus
from recordings.reviews import settle_votes
from tests.factories import make_person, make_staff
from tests.recordings.makers import make_sample, reject, vote

UNDO = timedelta(seconds=8)


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project)


@pytest.fixture
def approved(sample, rui, tao, now):
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="approve", now=now)
    settle_votes(now=now + UNDO)
    return sample


def test_real_use_breaks_nothing(approved, mei, rui, tao, lead, project, now):
    disputed = make_sample(mei, project=project)
    for reviewer in (rui, tao):
        vote(disputed, by=reviewer, verdict="reject", now=now)
    settle_votes(now=now + UNDO)
    reject(disputed, lead=lead, now=now + UNDO)

    assert broken_samples() == []
    assert broken_reviews() == []


def test_status_written_by_hand_is_found(sample):
    Sample.objects.filter(pk=sample.pk).update(status=SampleStatus.CROSS_REVIEW)

    assert broken_samples() == [f"sample {sample.pk} is cross_review, its log says in_review"]


def test_sample_in_review_without_figures_is_found(sample):
    Sample.objects.filter(pk=sample.pk).update(duration_ms=None)

    assert broken_samples() == [f"sample {sample.pk} was never measured"]


def test_approval_without_votes_or_qualification_is_found(lin, project):
    sample = make_sample(lin, project=project, status=SampleStatus.APPROVED)

    assert broken_samples() == [
        f"sample {sample.pk} is approved, its person has no qualification",
        f"sample {sample.pk} is approved without the votes",
    ]


def test_lost_qualification_is_found(approved):
    Sample.objects.filter(pk=approved.pk).update(person=make_person("别人"))

    assert broken_samples() == [f"sample {approved.pk} is approved, its person has no qualification"]


def test_rejection_without_a_last_word_is_found(lin, project):
    sample = make_sample(lin, project=project, status=SampleStatus.REJECTED)

    assert broken_samples() == [f"sample {sample.pk} is rejected without the votes"]


def test_vote_on_ones_own_sample_is_found(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)
    Sample.objects.filter(pk=sample.pk).update(person=rui)

    assert broken_reviews() == [f"review {review.pk} is of the reviewer's own sample"]


def test_two_votes_on_one_person_are_found(sample, lin, mei, rui, project, now):
    other = make_sample(mei, project=project)
    for each in (sample, other):
        vote(each, by=rui, verdict="approve", now=now)
    Sample.objects.filter(pk=other.pk).update(person=lin, status=SampleStatus.REJECTED)

    assert broken_reviews() == [f"reviewer {rui.pk} voted 2 times on samples of person {lin.pk}"]


def test_fourth_vote_is_found(sample, rui, tao, yan, now):
    for reviewer in (rui, tao, yan, make_staff()):
        vote(sample, by=reviewer, verdict="unsure", now=now)

    assert broken_reviews() == [f"sample {sample.pk} has 4 votes"]


def test_approval_of_what_was_not_heard_is_found(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)
    Review.objects.filter(pk=review.pk).update(heard_ms=134_999)

    assert broken_reviews() == [f"review {review.pk} approved what was not heard"]


def test_last_word_of_a_voter_is_found(sample, lead, now):
    vote(sample, by=lead, verdict="reject", now=now)
    cross = CrossReview.objects.create(sample=sample, lead=lead, verdict="confirm", reasons=["noise"], at=now)

    assert broken_reviews() == [f"cross review {cross.pk} is by somebody who had voted"]
