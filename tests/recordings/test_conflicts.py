import pytest

from recordings.assignments import assign_reviewers
from recordings.conflicts import (
    ConflictRefused,
    declare_known_voice,
    hand_case_on,
    record_conflict,
    samples_without_lead,
)
from recordings.invariants import broken_places
from recordings.models import Conflict, Reviewing, SampleStatus
from recordings.queue import count_waiting, hold_place, reserve_next
from recordings.reviewers import set_reviewer
from recordings.reviews import ReviewRefused, cast_vote, cross_review, settle_votes, undo_vote
from recordings.samples import move_sample
from tests.factories import make_staff
from tests.recordings.makers import hear, make_sample, vote


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

    assert refused_code(confirm, sample, lead=lead, now=done) == "known"


def test_lead_who_knows_the_voice_hands_the_case_to_another(disputed, lin, lead, now):
    other = make_staff("lead_reviewer")

    assert hand_case_on(disputed, lead=lead, now=now) is True

    assert Conflict.objects.values_list("staff", "person", "source", "by").get() == (
        lead.pk,
        lin.pk,
        "voice",
        lead.pk,
    )
    done = hear(disputed, by=lead, now=now)
    assert refused_code(confirm, disputed, lead=lead, now=done) == "known"
    confirm(disputed, lead=other, now=hear(disputed, by=other, now=now))
    disputed.refresh_from_db()
    assert disputed.status == SampleStatus.REJECTED


def test_last_lead_who_knows_the_voice_leaves_the_case_to_nobody(disputed, lead, now):
    assert list(samples_without_lead()) == []

    for _time in range(2):
        assert hand_case_on(disputed, lead=lead, now=now) is False

    assert list(samples_without_lead()) == [disputed]
    assert Conflict.objects.count() == 1
    make_staff("lead_reviewer")
    assert list(samples_without_lead()) == []


def test_lead_who_is_paused_has_voted_or_spoke_decides_nothing(disputed, lead, project, now):
    spoken = make_sample(lead, project=project, status=SampleStatus.CROSS_REVIEW)
    assert list(samples_without_lead()) == [spoken]

    set_reviewer(lead, languages=[], is_active=False, weekly_cap=None)
    assert set(samples_without_lead()) == {spoken, disputed}

    set_reviewer(lead, languages=[], is_active=True, weekly_cap=None)
    vote_around_the_rules(disputed, lead, now=now)
    assert set(samples_without_lead()) == {spoken, disputed}


def test_decided_case_is_not_handed_on(sample, lead, now):
    assert refused_code(hand_case_on, sample, lead=lead, now=now) == "closed"


def test_own_case_is_not_handed_on(lead, project, now):
    spoken = make_sample(lead, project=project, status=SampleStatus.CROSS_REVIEW)

    assert refused_code(hand_case_on, spoken, lead=lead, now=now) == "same_person"


def confirm(sample, *, lead, now):
    return cross_review(sample, lead=lead, verdict="confirm", reasons=["noise"], explanation="", now=now)


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
