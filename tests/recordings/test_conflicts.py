import pytest

from recordings.assignments import assign_reviewers
from recordings.conflicts import ConflictRefused, declare_known_voice, record_conflict
from recordings.invariants import broken_places
from recordings.models import Conflict, Reviewing
from recordings.queue import count_waiting, hold_place, reserve_next
from recordings.reviews import ReviewRefused, cast_vote, cross_review, settle_votes, undo_vote
from recordings.samples import move_sample
from tests.factories import make_staff
from tests.recordings.makers import hear, make_sample, vote


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project)


def refused_code(function, *args, **kwargs):
    with pytest.raises((ConflictRefused, ReviewRefused)) as refusal:
        function(*args, **kwargs)
    return refusal.value.code


def know(staff, person, *, by, now, source="staff", note=""):
    return record_conflict(staff, person, source=source, note=note, by=by, now=now)


def test_known_voice_gives_the_place_to_somebody_else(sample, lin, rui, tao, yan, now):
    assign_reviewers(sample, now=now)
    fourth = make_staff()
    reserve_next(rui, now=now)

    declare_known_voice(sample, reviewer=rui, now=now)

    live = Reviewing.objects.live().values_list("reviewer", flat=True)
    assert set(live) == {tao.pk, yan.pk, fourth.pk}
    assert Conflict.objects.values_list("staff", "person", "source", "by").get() == (
        rui.pk,
        lin.pk,
        "voice",
        rui.pk,
    )
    assert reserve_next(rui, now=now) is None


def test_known_person_never_comes_again(sample, lin, rui, project, now):
    reserve_next(rui, now=now)
    declare_known_voice(sample, reviewer=rui, now=now)
    move_sample(sample, "withdrawn", by=None, now=now)

    again = make_sample(lin, project=project)

    assert assign_reviewers(again, now=now) == []
    assert count_waiting(rui, now=now) == (0, None)


def test_saying_it_twice_changes_nothing(sample, rui, now):
    reserve_next(rui, now=now)
    for _time in range(2):
        declare_known_voice(sample, reviewer=rui, now=now)

    assert Conflict.objects.count() == 1


def test_who_has_voted_takes_the_vote_back_first(sample, rui, now):
    review = vote(sample, by=rui, verdict="approve", now=now)
    assert refused_code(declare_known_voice, sample, reviewer=rui, now=now) == "voted"

    undo_vote(review, by=rui, now=now)
    declare_known_voice(sample, reviewer=rui, now=now)

    assert Conflict.objects.count() == 1


def test_who_has_not_opened_the_sample_says_nothing_of_it(sample, rui, now):
    assign_reviewers(sample, now=now)

    assert refused_code(declare_known_voice, sample, reviewer=rui, now=now) == "not_reserved"


def test_relation_told_by_a_manager_takes_the_place(sample, lin, rui, tao, mara, now):
    assign_reviewers(sample, now=now)

    know(rui, lin, by=mara, now=now, note=" Sisters ")

    assert Conflict.objects.get().note == "Sisters"
    assert set(Reviewing.objects.live().values_list("reviewer", flat=True)) == {tao.pk}


def test_vote_on_a_person_known_meanwhile_is_refused(sample, lin, rui, mara, now):
    hold_place(sample, reviewer=rui, now=now)
    done = hear(sample, by=rui, now=now)
    know(rui, lin, by=mara, now=now)

    code = refused_code(cast_vote, sample, reviewer=rui, verdict="approve", reasons=[], note="", now=done)

    assert code == "known"


def test_lead_who_knows_the_person_does_not_decide(sample, lin, rui, tao, lead, mara, now):
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="reject", now=now)
    know(lead, lin, by=mara, now=now)
    done = hear(sample, by=lead, now=now)
    settle_votes(now=done)

    words = {"reasons": ["noise"], "explanation": ""}
    assert refused_code(cross_review, sample, lead=lead, verdict="confirm", now=done, **words) == "known"


def test_relation_is_between_staff_and_somebody_else_and_written_once(lin, mei, rui, mara, now):
    assert refused_code(know, rui, rui, by=mara, now=now) == "same_person"
    assert refused_code(know, mei, lin, by=mara, now=now) == "not_staff"
    know(rui, lin, by=mara, now=now)
    assert refused_code(know, rui, lin, by=mara, now=now) == "known"


def test_vote_on_somebody_known_is_found(sample, lin, rui, mara, now):
    know(rui, lin, by=mara, now=now)
    review = vote_around_the_rules(sample, rui, now=now)

    assert broken_places() == [f"review {review.pk} is of somebody the reviewer knows"]


def vote_around_the_rules(sample, reviewer, *, now):
    return sample.reviews.create(
        reviewer=reviewer, verdict="approve", heard_ms=1, voted_at=now, stands_at=now
    )
