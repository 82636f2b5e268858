from datetime import timedelta

import pytest

from recordings.models import CrossReview, Review, Reviewing, SampleStatus
from recordings.queue import hold_place, reserve_next
from recordings.reviews import ReviewRefused, cast_vote, cross_review, settle_votes, undo_vote
from recordings.samples import move_sample
from scheduling.models import Qualification
from tests.factories import make_staff
from tests.recordings.makers import hear, make_sample, vote

SECOND = timedelta(seconds=1)
UNDO = timedelta(seconds=8)


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project)


@pytest.fixture
def disputed(lin, rui, tao, project, now):
    """A sample that two reviewers have rejected."""
    sample = make_sample(lin, project=project)
    vote(sample, by=rui, verdict="reject", now=now, reasons=["noise"])
    vote(sample, by=tao, verdict="reject", now=now, reasons=["not_lively", "echo"])
    settle_votes(now=now + UNDO)
    sample.refresh_from_db()
    return sample


def cast(sample, *, by, now, verdict="approve", reasons=(), note=""):
    return cast_vote(sample, reviewer=by, verdict=verdict, reasons=reasons, note=note, now=now)


def refused_code(function, *args, **kwargs):
    with pytest.raises(ReviewRefused) as refusal:
        function(*args, **kwargs)
    return refusal.value.code


def status_of(sample):
    sample.refresh_from_db()
    return sample.status


# --- voting ---


def test_vote_stands_eight_seconds_later(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)

    assert review.stands_at == now + UNDO
    assert (review.verdict, review.reasons, review.heard_ms) == ("approve", [], 150_000)
    assert not Reviewing.objects.exists()


@pytest.mark.parametrize(
    ("verdict", "reasons", "note", "code"),
    [
        ("reject", [], "", "reasons_needed"),
        ("reject", ["noise", "rude"], "", "unknown_reason"),
        ("reject", ["other"], "  ", "note_needed"),
        ("unsure", ["other"], "", "note_needed"),
        ("approve", ["noise"], "", "reasons_with_approval"),
    ],
)
def test_vote_needs_fitting_reasons(sample, rui, now, verdict, reasons, note, code):
    hold_place(sample, reviewer=rui, now=now)
    done = hear(sample, by=rui, now=now)

    assert refused_code(cast, sample, by=rui, verdict=verdict, reasons=reasons, note=note, now=done) == code
    assert not Review.objects.exists()


def test_vote_keeps_reasons_once_in_the_order_of_the_list(sample, rui, now):
    review = vote(sample, by=rui, verdict="reject", now=now, reasons=["echo", "noise", "echo"])

    assert review.reasons == ["noise", "echo"]


@pytest.mark.parametrize(
    ("verdict", "heard", "is_taken"),
    [
        ("approve", 135, True),
        ("approve", 134, False),
        ("reject", 3, True),
        ("reject", 2, False),
        ("unsure", 3, True),
        ("unsure", 2, False),
    ],
)
def test_vote_needs_the_sample_heard(sample, rui, now, verdict, heard, is_taken):
    hold_place(sample, reviewer=rui, now=now)
    done = hear(sample, by=rui, now=now, share=heard / 150)
    reasons = ["noise"] if verdict == "reject" else []

    if is_taken:
        assert cast(sample, by=rui, verdict=verdict, reasons=reasons, now=done).heard_ms == heard * 1000
    else:
        assert refused_code(cast, sample, by=rui, verdict=verdict, reasons=reasons, now=done) == "not_heard"


def test_vote_on_ones_own_sample_is_refused(project, now):
    reviewer = make_staff()
    sample = make_sample(reviewer, project=project)
    hold_place(sample, reviewer=reviewer, now=now)

    assert refused_code(cast, sample, by=reviewer, now=hear(sample, by=reviewer, now=now)) == "own_sample"


def test_second_vote_is_refused(sample, rui, now):
    vote(sample, by=rui, verdict="approve", now=now)

    assert refused_code(cast, sample, by=rui, verdict="reject", reasons=["noise"], now=now) == "voted"
    assert Review.objects.count() == 1


def test_vote_after_closing_is_refused(sample, rui, tao, yan, now):
    hold_place(sample, reviewer=yan, now=now)
    hear(sample, by=yan, now=now)
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="approve", now=now)
    settle_votes(now=now + UNDO)

    assert refused_code(cast, sample, by=yan, now=now + UNDO) == "closed"


def test_vote_on_a_second_sample_of_one_person_is_refused(sample, rui, now):
    vote(sample, by=rui, verdict="reject", now=now)
    move_sample(sample, "withdrawn", by=None, now=now)
    second = make_sample(sample.person, project=sample.project)
    hold_place(second, reviewer=rui, now=now)

    assert refused_code(cast, second, by=rui, now=hear(second, by=rui, now=now)) == "same_person"


def test_vote_without_a_place_is_refused(sample, rui, now):
    assert refused_code(cast, sample, by=rui, now=hear(sample, by=rui, now=now)) == "not_reserved"


def test_vote_on_a_lapsed_place_is_refused(sample, rui, now):
    reserve_next(rui, now=now)
    hear(sample, by=rui, now=now)
    lapse = now + timedelta(minutes=15)

    assert refused_code(cast, sample, by=rui, now=lapse) == "lapsed"
    assert cast(sample, by=rui, now=lapse - SECOND).verdict == "approve"


# --- undoing ---


def test_vote_can_be_undone_until_it_stands(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)

    undo_vote(review, by=rui, now=now + UNDO - SECOND)

    review.refresh_from_db()
    assert review.undone_at == now + UNDO - SECOND
    assert cast(sample, by=rui, verdict="reject", reasons=["noise"], now=now + UNDO).verdict == "reject"


def test_vote_that_stands_cannot_be_undone(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)

    assert refused_code(undo_vote, review, by=rui, now=now + UNDO) == "stands"


def test_vote_is_undone_once(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)
    undo_vote(review, by=rui, now=now)

    assert refused_code(undo_vote, review, by=rui, now=now) == "undone"


def test_vote_is_undone_by_its_reviewer_only(sample, rui, tao, now):
    review = vote(sample, by=rui, verdict="approve", now=now)

    with pytest.raises(ValueError, match="only the reviewer"):
        undo_vote(review, by=tao, now=now)


# --- settling ---


def test_two_approvals_approve_and_qualify_once_they_stand(sample, lin, rui, tao, project, now):
    vote(sample, by=rui, verdict="approve", now=now)
    vote(sample, by=tao, verdict="approve", now=now + SECOND)

    assert settle_votes(now=now + UNDO) == 0
    assert status_of(sample) == SampleStatus.IN_REVIEW
    assert settle_votes(now=now + SECOND + UNDO) == 1

    assert status_of(sample) == SampleStatus.APPROVED
    assert sample.decided_at == now + SECOND + UNDO
    assert list(Qualification.objects.values_list("person", "project", "status")) == [
        (lin.pk, project.pk, "active")
    ]
    event = sample.events.latest("pk")
    assert (event.old, event.new, event.by, event.reason) == (
        "in_review",
        "approved",
        None,
        "approve, approve",
    )


def test_settling_twice_changes_nothing(sample, rui, tao, now):
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="approve", now=now)

    assert settle_votes(now=now + UNDO) == 1
    assert settle_votes(now=now + UNDO) == 0
    assert sample.events.count() == 2


def test_undone_vote_decides_nothing(sample, rui, tao, now):
    vote(sample, by=rui, verdict="approve", now=now)
    undo_vote(vote(sample, by=tao, verdict="approve", now=now), by=tao, now=now)

    assert settle_votes(now=now + UNDO) == 0


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (["approve", "reject", "approve"], "approved"),
        (["reject", "reject"], "cross_review"),
        (["reject", "approve", "reject"], "cross_review"),
        (["approve", "reject", "unsure"], "cross_review"),
        (["unsure", "unsure", "unsure"], "cross_review"),
        (["unsure", "unsure"], "in_review"),
        (["approve", "reject"], "in_review"),
    ],
)
def test_standing_votes_decide(sample, rui, tao, yan, now, verdicts, status):
    for reviewer, verdict in zip((rui, tao, yan), verdicts, strict=False):
        vote(sample, by=reviewer, verdict=verdict, now=now)

    settle_votes(now=now + UNDO)

    assert status_of(sample) == status
    assert Qualification.objects.exists() == (status == "approved")


def test_settling_asks_the_same_number_of_questions_for_one_and_three_undecided(
    sample, mei, stranger, rui, tao, project, now, django_assert_num_queries
):
    samples = [sample, make_sample(mei, project=project), make_sample(stranger, project=project)]
    vote(samples[0], by=rui, verdict="approve", now=now)
    with django_assert_num_queries(1):
        settle_votes(now=now + UNDO)
    for other in samples[1:]:
        vote(other, by=rui, verdict="approve", now=now)
    with django_assert_num_queries(1):
        settle_votes(now=now + UNDO)


# --- cross review ---


def review_across(sample, *, lead, now, verdict="confirm", reasons=("noise",), explanation=""):
    done = hear(sample, by=lead, now=now)
    return cross_review(
        sample, lead=lead, verdict=verdict, reasons=reasons, explanation=explanation, now=done
    )


def test_cross_review_confirms_with_reasons(disputed, lead, now):
    review = review_across(disputed, lead=lead, now=now, reasons=["noise", "echo"])

    assert status_of(disputed) == SampleStatus.REJECTED
    assert disputed.decided_at == review.at
    assert review.reasons == ["noise", "echo"]
    assert not Qualification.objects.exists()


def test_cross_review_overturns_in_words(disputed, lead, lin, now):
    review = review_across(
        disputed,
        lead=lead,
        now=now,
        verdict="overturn",
        reasons=(),
        explanation="A fan, and two lively people.",
    )

    assert status_of(disputed) == SampleStatus.APPROVED
    assert review.explanation == "A fan, and two lively people."
    assert Qualification.objects.get().person == lin
    assert disputed.events.latest("pk").by == lead


@pytest.mark.parametrize(
    ("verdict", "reasons", "explanation", "code"),
    [
        ("confirm", [], "Bad.", "reasons_needed"),
        ("confirm", ["rude"], "", "unknown_reason"),
        ("confirm", ["other"], " ", "explanation_needed"),
        ("overturn", [], " \n", "explanation_needed"),
        ("overturn", ["noise"], "Fine.", "reasons_with_approval"),
    ],
)
def test_cross_review_needs_fitting_words(disputed, lead, now, verdict, reasons, explanation, code):
    assert (
        refused_code(
            review_across,
            disputed,
            lead=lead,
            now=now,
            verdict=verdict,
            reasons=reasons,
            explanation=explanation,
        )
        == code
    )
    assert not CrossReview.objects.exists()


def test_cross_review_needs_the_sample_heard(disputed, lead, now):
    done = hear(disputed, by=lead, now=now, share=134 / 150)

    assert (
        refused_code(
            cross_review, disputed, lead=lead, verdict="overturn", reasons=[], explanation="Fine.", now=done
        )
        == "not_heard"
    )


def test_cross_review_is_not_for_those_who_voted(lin, lead, rui, project, now):
    sample = make_sample(lin, project=project)
    for reviewer in (lead, rui):
        vote(sample, by=reviewer, verdict="reject", now=now)
    settle_votes(now=now + UNDO)

    assert refused_code(review_across, sample, lead=lead, now=now + UNDO) == "voted"


def test_cross_review_is_not_for_ones_own_sample(lead, rui, tao, project, now):
    sample = make_sample(lead, project=project, status=SampleStatus.CROSS_REVIEW)

    assert refused_code(review_across, sample, lead=lead, now=now) == "own_sample"


def test_cross_review_is_for_samples_that_need_it(sample, lead, now):
    assert refused_code(review_across, sample, lead=lead, now=now) == "closed"


def test_cross_review_happens_once(disputed, lead, now):
    review_across(disputed, lead=lead, now=now)
    other_lead = make_staff("lead_reviewer")

    assert refused_code(review_across, disputed, lead=other_lead, now=now) == "closed"
