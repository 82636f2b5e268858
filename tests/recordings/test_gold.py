from datetime import timedelta

import pytest

from accounts.consents import withdraw_consent
from accounts.models import Scope
from recordings.conflicts import record_conflict
from recordings.gold import (
    GoldRefused,
    gold_answers,
    is_gold_turn,
    retire_gold,
    retire_withdrawn_gold,
    set_gold,
)
from recordings.invariants import broken_places, broken_reviews, broken_samples
from recordings.models import GoldSample, Review, Reviewing, SampleStatus
from recordings.queue import look_at_queue, reserve_next
from recordings.reviews import ReviewRefused, cast_vote, settle_votes, undo_vote
from recordings.samples import move_sample
from recordings.standing import describe_sample
from tests.factories import make_person, make_staff
from tests.recordings.makers import hear, make_sample, reject, vote

UNDO = timedelta(seconds=8)


@pytest.fixture
def project(project):
    """The project, in which every vote would be on a gold sample if there were enough."""
    project.gold_every = 1
    project.save()
    return project


@pytest.fixture
def decided(mei, tao, yan, lead, project, now):
    """A sample that was rejected by the rules."""
    sample = make_sample(mei, project=project)
    for reviewer in (tao, yan):
        vote(sample, by=reviewer, verdict="reject", now=now)
    settle_votes(now=now + UNDO)
    sample.refresh_from_db()
    reject(sample, lead=lead, now=now + UNDO)
    sample.refresh_from_db()
    return sample


@pytest.fixture
def chief(db):
    """A lead reviewer who sets gold samples."""
    return make_staff("lead_reviewer", name="金")


@pytest.fixture
def gold(decided, chief, now):
    return mark(decided, by=chief, now=now)


@pytest.fixture
def waiting(lin, project):
    return make_sample(lin, project=project)


def mark(sample, *, by, now, expected="reject", reasons=("noise",), explanation="A fan runs all the time."):
    return set_gold(sample, expected=expected, reasons=reasons, explanation=explanation, by=by, now=now)


def refused_code(function, *args, **kwargs):
    with pytest.raises((GoldRefused, ReviewRefused)) as refusal:
        function(*args, **kwargs)
    return refusal.value.code


def hear_and_vote(sample, *, by, now, verdict="reject", reasons=("noise",)):
    return cast_vote(
        sample, reviewer=by, verdict=verdict, reasons=reasons, note="", now=hear(sample, by=by, now=now)
    )


# --- marking ---


def test_lead_marks_a_decided_sample(gold, decided, chief, now):
    assert GoldSample.objects.values_list(
        "sample", "expected", "reasons", "explanation", "set_by", "set_at", "retired_at"
    ).get() == (decided.pk, "reject", ["noise"], "A fan runs all the time.", chief.pk, now, None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"reasons": []}, "reasons_needed"),
        ({"reasons": ["rude"]}, "unknown_reason"),
        ({"expected": "approve"}, "reasons_with_approval"),
        ({"explanation": " "}, "explanation_needed"),
    ],
)
def test_gold_sample_needs_fitting_words(decided, chief, now, words, code):
    assert refused_code(mark, decided, by=chief, now=now, **words) == code
    assert not GoldSample.objects.exists()


def test_only_a_decided_sample_of_somebody_who_is_here_can_be_gold(waiting, decided, mei, chief, now):
    assert refused_code(mark, waiting, by=chief, now=now) == "undecided"
    assert refused_code(mark, decided, by=mei, now=now) == "own_sample"
    withdraw_consent(mei, scope=Scope.RECORD, now=now)
    assert refused_code(mark, decided, by=chief, now=now) == "withdrawn"


# --- slipping in ---


def test_gold_sample_comes_like_any_other(gold, waiting, decided, rui, now):
    assert reserve_next(rui, now=now) == decided

    place = Reviewing.objects.get(sample=decided, reviewer=rui)
    assert (place.is_gold, place.expires_at) == (True, now + timedelta(minutes=15))
    assert reserve_next(rui, now=now) == decided


def test_gold_sample_comes_only_in_place_of_another(gold, rui, now):
    assert reserve_next(rui, now=now) is None


def test_gold_sample_comes_once(gold, waiting, decided, rui, now):
    reserve_next(rui, now=now)
    hear_and_vote(decided, by=rui, now=now)

    assert reserve_next(rui, now=now) == waiting


def test_gold_sample_never_comes_to_who_voted_on_it_led_set_or_knows_it(
    gold, waiting, decided, mei, rui, tao, lead, chief, mara, now
):
    record_conflict(rui, mei, source="staff", note="", by=mara, now=now)

    assert [reserve_next(person, now=now) for person in (rui, tao, lead)] == [waiting] * 3
    assert reserve_next(chief, now=now) is None


def test_gold_turn_is_about_one_in_so_many_and_does_not_change_by_asking(project):
    reviewers = [make_staff() for _number in range(200)]
    turns = [is_gold_turn(person, every=4) for person in reviewers]

    assert turns == [is_gold_turn(person, every=4) for person in reviewers]
    assert 25 <= sum(turns) <= 75
    assert not any(is_gold_turn(person, every=0) for person in reviewers)


# --- votes ---


def test_gold_vote_stands_under_the_same_guards(gold, waiting, decided, rui, now):
    reserve_next(rui, now=now)

    cast = {"reviewer": rui, "verdict": "approve", "reasons": [], "note": "", "now": now}
    assert refused_code(cast_vote, decided, **cast) == "not_heard"
    review = hear_and_vote(decided, by=rui, now=now)
    assert (review.is_gold, review.stands_at - review.voted_at) == (True, UNDO)
    assert refused_code(undo_vote, review, by=rui, now=review.stands_at) == "stands"


def test_undone_gold_vote_gives_the_gold_place_back(gold, waiting, decided, rui, now):
    reserve_next(rui, now=now)
    review = hear_and_vote(decided, by=rui, now=now)

    undo_vote(review, by=rui, now=review.voted_at)

    assert reserve_next(rui, now=review.voted_at) == decided
    assert hear_and_vote(decided, by=rui, now=review.voted_at).is_gold


def test_gold_votes_decide_nothing_and_count_nowhere(gold, waiting, decided, mei, rui, now):
    before = describe_sample(decided, now=now)
    events = decided.events.count()
    reserve_next(rui, now=now)
    review = hear_and_vote(decided, by=rui, now=now, verdict="approve", reasons=())

    settle_votes(now=review.stands_at)

    decided.refresh_from_db()
    assert (decided.status, decided.events.count()) == (SampleStatus.REJECTED, events)
    assert describe_sample(decided, now=now) == before
    assert [vote.reviewer_id for vote in Review.objects.votes()].count(rui.pk) == 0
    assert Review.objects.gold().get() == review
    assert [*broken_samples(), *broken_reviews(), *broken_places()] == []


def test_gold_vote_does_not_keep_the_reviewer_from_the_persons_next_sample(
    gold, waiting, decided, mei, rui, project, now
):
    reserve_next(rui, now=now)
    hear_and_vote(decided, by=rui, now=now)
    again = make_sample(mei, project=project, sent_at=now - timedelta(hours=1))

    assert reserve_next(rui, now=now) == again
    assert hear_and_vote(again, by=rui, now=now).is_gold is False


def test_gold_vote_is_one_of_todays_votes(gold, waiting, decided, rui, now):
    reserve_next(rui, now=now)
    review = hear_and_vote(decided, by=rui, now=now)

    assert look_at_queue(rui, now=review.voted_at, since=now).votes_today == 1


# --- learning ---


def test_reviewer_is_told_once_the_vote_stands(gold, waiting, decided, rui, now):
    reserve_next(rui, now=now)
    review = hear_and_vote(decided, by=rui, now=now, verdict="approve", reasons=())

    assert gold_answers(rui, now=review.stands_at - timedelta(seconds=1)) == []
    answer = gold_answers(rui, now=review.stands_at)[0]
    assert (answer["vote"], answer["gold"], answer["agrees"]) == (review, gold, False)
    assert [reason.code for reason in answer["reasons"]] == ["noise"]
    assert gold_answers(rui, now=review.voted_at + timedelta(days=1)) == []


# --- leaving ---


def test_gold_sample_of_who_withdrew_comes_no_more_and_is_retired(gold, waiting, decided, mei, rui, now):
    withdraw_consent(mei, scope=Scope.RECORD, now=now)

    assert reserve_next(rui, now=now) == waiting
    assert retire_withdrawn_gold(now=now) == 1
    assert retire_withdrawn_gold(now=now) == 0
    gold.refresh_from_db()
    assert gold.retired_at == now


def test_retiring_withdrawn_gold_costs_the_same_for_one_and_three(
    chief, project, now, django_assert_num_queries
):
    for count in (1, 3):
        people = [make_person() for _number in range(count)]
        for person in people:
            decided = make_sample(person, project=project, status=SampleStatus.APPROVED)
            mark(decided, by=chief, now=now, expected="approve", reasons=())
            withdraw_consent(person, scope=Scope.RECORD, now=now)
        with django_assert_num_queries(5):
            assert retire_withdrawn_gold(now=now) == count


def test_vote_on_a_gold_sample_that_was_withdrawn_meanwhile_is_refused(lin, rui, chief, project, now):
    sample = make_sample(lin, project=project, status=SampleStatus.APPROVED)
    mark(sample, by=chief, now=now, expected="approve", reasons=())
    make_sample(make_person("别人"), project=project)
    assert reserve_next(rui, now=now) == sample
    move_sample(sample, "withdrawn", by=None, now=now)

    assert refused_code(hear_and_vote, sample, by=rui, now=now) == "closed"


def test_retired_gold_sample_takes_its_places_with_it(gold, waiting, decided, rui, now):
    reserve_next(rui, now=now)
    retire_gold(gold, now=now)

    assert refused_code(hear_and_vote, decided, by=rui, now=now) == "lapsed"
    assert reserve_next(rui, now=now) == waiting


def test_gold_vote_on_what_is_not_gold_is_found(waiting, rui, now):
    review = vote(waiting, by=rui, verdict="approve", now=now)
    Review.objects.filter(pk=review.pk).update(is_gold=True)

    assert f"review {review.pk} counts as gold, its sample is not" in broken_places()
