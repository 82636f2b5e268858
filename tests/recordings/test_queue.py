from datetime import timedelta

import pytest

from recordings import queue
from recordings.models import Reviewing, SampleStatus
from recordings.queue import count_waiting, look_at_queue, reserve_next, tell_count
from recordings.reviews import settle_votes, undo_vote
from tests.factories import make_person, make_staff
from tests.recordings.makers import make_sample, vote

HOUR = timedelta(hours=1)


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project)


def test_queue_gives_the_oldest_first(lin, mei, rui, project, now):
    make_sample(lin, project=project, sent_at=now)
    oldest = make_sample(mei, project=project, sent_at=now - HOUR)

    assert reserve_next(rui, now=now) == oldest


def test_queue_gives_the_same_sample_until_it_is_voted_on(sample, mei, rui, project, now):
    assert reserve_next(rui, now=now) == sample
    make_sample(mei, project=project, sent_at=now - HOUR)

    assert reserve_next(rui, now=now + timedelta(minutes=14)) == sample


def test_queue_gives_three_places(sample, rui, tao, yan, now):
    fourth = make_staff()
    for reviewer in (rui, tao, yan):
        assert reserve_next(reviewer, now=now) == sample

    assert reserve_next(fourth, now=now) is None


def test_place_is_free_again_when_it_lapses(sample, rui, tao, yan, now):
    fourth = make_staff()
    for reviewer in (rui, tao, yan):
        reserve_next(reviewer, now=now)

    assert reserve_next(fourth, now=now + timedelta(minutes=15) - timedelta(seconds=1)) is None
    assert reserve_next(fourth, now=now + timedelta(minutes=15)) == sample


def test_vote_keeps_its_place_for_good(sample, rui, tao, yan, now):
    vote(sample, by=rui, verdict="unsure", now=now)
    fourth = make_staff()
    for reviewer in (tao, yan):
        assert reserve_next(reviewer, now=now) == sample

    assert reserve_next(fourth, now=now) is None


def test_undone_vote_gives_the_place_back_to_its_reviewer(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)
    assert reserve_next(rui, now=now) is None

    undo_vote(review, by=rui, now=now)

    assert reserve_next(rui, now=now) == sample


def test_queue_never_gives_ones_own_sample(project, now):
    reviewer = make_staff()
    make_sample(reviewer, project=project)

    assert reserve_next(reviewer, now=now) is None


def test_queue_never_gives_one_person_twice(sample, lin, rui, tao, yan, lead, project, now):
    vote(sample, by=rui, verdict="approve", now=now)
    other = type(project).objects.create(name="粤语", slug="cantonese")
    again = make_sample(lin, project=other)

    assert reserve_next(rui, now=now) is None
    assert reserve_next(tao, now=now) in {sample, again}


def test_queue_asks_no_third_while_two_equal_votes_may_stand(sample, rui, tao, yan, now):
    vote(sample, by=rui, verdict="approve", now=now)
    second = vote(sample, by=tao, verdict="approve", now=now)
    assert reserve_next(yan, now=now) is None

    undo_vote(second, by=tao, now=now)
    assert reserve_next(yan, now=now) == sample


def test_queue_asks_a_third_when_two_disagree(sample, rui, tao, yan, now):
    vote(sample, by=rui, verdict="approve", now=now)
    vote(sample, by=tao, verdict="reject", now=now)
    settle_votes(now=now + timedelta(seconds=8))

    assert reserve_next(yan, now=now + timedelta(seconds=8)) == sample


@pytest.mark.parametrize(
    "status",
    [SampleStatus.MEASURING, SampleStatus.CROSS_REVIEW, SampleStatus.APPROVED, SampleStatus.REJECTED],
)
def test_queue_holds_only_samples_in_review(lin, rui, project, now, status):
    make_sample(lin, project=project, status=status)

    assert reserve_next(rui, now=now) is None


def test_desk_counts_what_waits_for_this_reviewer(lin, mei, rui, project, now):
    voted = make_sample(lin, project=project, sent_at=now - 2 * HOUR)
    vote(voted, by=rui, verdict="approve", now=now)
    waiting = make_sample(mei, project=project, sent_at=now - HOUR)

    desk = look_at_queue(rui, now=now, since=now - HOUR)
    assert desk == (1, now - HOUR, 1, None)

    reserve_next(rui, now=now)
    assert look_at_queue(rui, now=now, since=now + HOUR) == (1, now - HOUR, 0, waiting)


def test_desk_counts_no_further_than_anybody_plans(lin, mei, rui, project, now, monkeypatch):
    monkeypatch.setattr(queue, "COUNTED", 1)
    for number in range(3):
        make_sample(make_person(), project=project, sent_at=now - number * HOUR)

    assert count_waiting(rui, now=now) == (2, now - 2 * HOUR)
    assert look_at_queue(rui, now=now, since=now).waiting_told == "1+"


@pytest.mark.parametrize(("count", "told"), [(0, 0), (500, 500), (501, "500+")])
def test_count_is_told_as_it_is_up_to_five_hundred(count, told):
    assert tell_count(count) == told


def test_reserving_costs_the_same_with_one_and_with_three_samples(
    sample, mei, rui, tao, project, now, django_assert_num_queries
):
    with django_assert_num_queries(QUERIES_TO_RESERVE):
        reserve_next(rui, now=now)
    for name in ("一", "二"):
        make_sample(make_person(name), project=project)
    with django_assert_num_queries(QUERIES_TO_RESERVE):
        reserve_next(tao, now=now)
    assert Reviewing.objects.count() == 2


QUERIES_TO_RESERVE = 24
