from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from accounts.access import Role
from accounts.people import revoke_role
from recordings.assignments import assign_reviewers, count_short_samples, repair_assignments
from recordings.invariants import broken_places
from recordings.models import Reviewing, SampleStatus
from recordings.queue import assigned_samples, count_waiting, fetched_ahead, hold_place, reserve_next
from recordings.reviewers import SPEEDS, profile_of, set_player, set_reviewer
from recordings.reviews import ReviewRefused, cast_vote, settle_votes
from recordings.samples import move_sample
from scheduling.models import Project, SpokenLanguage
from tests.factories import make_person, make_staff
from tests.recordings.makers import hear, make_sample, vote

DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
UNDO = timedelta(seconds=8)


@pytest.fixture
def sample(lin, project):
    return make_sample(lin, project=project)


@pytest.fixture
def team(rui, tao, yan):
    """The three reviewers and a fourth."""
    return [rui, tao, yan, make_staff()]


def places(sample):
    return set(Reviewing.objects.live().filter(sample=sample).values_list("reviewer", flat=True))


def review(person, *languages, is_active=True, weekly_cap=None):
    set_reviewer(person, languages=languages, is_active=is_active, weekly_cap=weekly_cap)


# --- whom a sample is given to ---


def test_three_reviewers_are_put_on_a_sample(sample, team, lead, now):
    given = assign_reviewers(sample, now=now)

    assert len(given) == 3
    assert set(given) == places(sample) <= {person.pk for person in team}
    sample.refresh_from_db()
    assert sample.has_open_places is False
    assert set(Reviewing.objects.values_list("opened_at", "expires_at")) == {(None, now + DAY)}


def test_assigning_twice_changes_nothing(sample, team, now):
    assign_reviewers(sample, now=now)

    assert assign_reviewers(sample, now=now) == []
    assert Reviewing.objects.count() == 3


def test_load_is_balanced_over_many_samples(team, project, now):
    for number in range(20):
        assign_reviewers(make_sample(make_person(f"人{number}"), project=project), now=now)

    load = Counter(Reviewing.objects.values_list("reviewer", flat=True))
    assert sorted(load.values()) == [15, 15, 15, 15]


def test_who_has_least_to_do_is_asked_first(sample, team, project, now):
    for number in range(2):
        other = make_sample(make_person(f"人{number}"), project=project)
        for busy in team[:2]:
            hold_place(other, reviewer=busy, now=now)
    fifth = make_staff()

    assign_reviewers(sample, now=now)

    assert {team[2].pk, team[3].pk, fifth.pk} == places(sample)


def test_equal_loads_are_drawn_by_the_sample_and_the_same_each_time(team, project, now):
    left_out = Counter()
    for number in range(24):
        sample = make_sample(make_person(f"人{number}"), project=project)
        given = set(assign_reviewers(sample, now=now))
        left_out[next(person.pk for person in team if person.pk not in given)] += 1
        Reviewing.objects.all().delete()
        assert set(assign_reviewers(sample, now=now)) == given
        Reviewing.objects.all().delete()

    assert set(left_out) == {person.pk for person in team}


def test_only_who_hears_the_language_is_asked(lin, rui, tao, yan, now):
    cantonese = Project.objects.create(name="粤语", slug="yue", spoken_language=SpokenLanguage.CANTONESE)
    sample = make_sample(lin, project=cantonese)
    review(rui, "yue", "cmn")
    review(tao, "cmn")

    assign_reviewers(sample, now=now)

    assert places(sample) == {rui.pk, yan.pk}
    assert count_short_samples() == {"yue": 1}
    assert reserve_next(tao, now=now) is None


def test_own_sample_and_a_person_heard_before_are_nobodys_turn(lin, rui, tao, yan, project, now):
    rejected = make_sample(lin, project=project)
    vote(rejected, by=tao, verdict="reject", now=now)
    move_sample(rejected, "withdrawn", by=None, now=now)
    lin.groups.add(Group.objects.get(name=Role.REVIEWER))

    again = make_sample(lin, project=project)
    assign_reviewers(again, now=now)

    assert places(again) == {rui.pk, yan.pk}


def test_weekly_cap_counts_places_and_votes(lin, mei, rui, tao, yan, project, now):
    review(rui, weekly_cap=2)
    vote(make_sample(lin, project=project), by=rui, verdict="unsure", now=now - timedelta(days=7) + SECOND)
    first, second = (make_sample(make_person(name), project=project) for name in "一二")

    assign_reviewers(first, now=now)
    assign_reviewers(second, now=now)

    assert places(first) == {rui.pk, tao.pk, yan.pk}
    assert places(second) == {tao.pk, yan.pk}
    assert rui.pk in assign_reviewers(make_sample(mei, project=project), now=now + SECOND)


def test_only_samples_in_review_are_given(lin, rui, project, now):
    assert assign_reviewers(make_sample(lin, project=project, status=SampleStatus.REJECTED), now=now) == []


# --- what waits for whom ---


def test_queue_holds_the_assigned_first_and_then_the_open(mei, stranger, lin, team, project, now):
    rui = team[0]
    open_one = make_sample(lin, project=project, sent_at=now - 2 * DAY)
    mine = [make_sample(person, project=project, sent_at=now) for person in (mei, stranger)]
    for sample in mine:
        hold_place(sample, reviewer=rui, now=now - DAY)

    assert reserve_next(rui, now=now) == mine[0]
    later = now + timedelta(minutes=10)
    vote(mine[0], by=rui, verdict="unsure", now=later)
    assert reserve_next(rui, now=later) == mine[1]
    vote(mine[1], by=rui, verdict="unsure", now=later + timedelta(minutes=10))
    assert reserve_next(rui, now=later + timedelta(minutes=10)) == open_one


def test_assigned_sample_is_open_to_everybody_after_a_day(sample, rui, tao, yan, now):
    assign_reviewers(sample, now=now)
    fourth = make_staff()

    assert reserve_next(fourth, now=now + DAY - SECOND) is None
    assert count_waiting(fourth, now=now + DAY - SECOND) == (0, None)
    assert count_waiting(fourth, now=now + DAY) == (1, sample.sent_at)
    assert reserve_next(fourth, now=now + DAY) == sample
    assert len(places(sample)) == 3
    assert broken_places() == []


def test_reviewer_who_was_away_opens_what_nobody_took(sample, rui, tao, yan, now):
    assign_reviewers(sample, now=now)

    assert reserve_next(rui, now=now + 3 * DAY) == sample


def test_opening_starts_the_fifteen_minutes(sample, rui, tao, yan, now):
    assign_reviewers(sample, now=now)
    assert fetched_ahead(rui) == [sample]

    reserve_next(rui, now=now + DAY / 2)

    assert fetched_ahead(rui) == []
    place = Reviewing.objects.get(reviewer=rui)
    assert (place.opened_at, place.expires_at) == (now + DAY / 2, now + DAY / 2 + timedelta(minutes=15))


def test_two_samples_are_fetched_ahead_at_most(rui, project, now):
    samples = [
        make_sample(make_person(f"人{n}"), project=project, sent_at=now + n * SECOND) for n in range(3)
    ]
    for sample in samples:
        assign_reviewers(sample, now=now)

    assert fetched_ahead(rui) == samples[:2]


def test_third_is_not_asked_once_two_agree(sample, rui, tao, yan, now):
    assign_reviewers(sample, now=now)
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="approve", now=now)

    assert reserve_next(yan, now=now) is None
    settle_votes(now=now + UNDO)

    assert not assigned_samples(yan).exists()
    assert places(sample) == set()


def test_waiting_counts_each_sample_once(lin, mei, rui, project, now):
    assign_reviewers(make_sample(lin, project=project), now=now)
    make_sample(mei, project=project, sent_at=now - DAY)

    assert count_waiting(rui, now=now) == (2, now - DAY)


# --- who goes ---


def leave_role(person):
    revoke_role(person, Role.REVIEWER)


def leave_account(person):
    person.is_active = False
    person.save(update_fields=["is_active"])


def pause(person):
    review(person, is_active=False)


@pytest.mark.parametrize("go", [leave_role, leave_account, pause])
def test_places_of_who_was_removed_are_open_at_once_and_given_to_others(sample, rui, tao, yan, now, go):
    assign_reviewers(sample, now=now)
    reserve_next(rui, now=now)
    fourth, fifth = make_staff(), make_staff()
    go(rui)

    assert count_waiting(fourth, now=now)[0] == 1
    assert reserve_next(rui, now=now + DAY) is None
    assert repair_assignments(now=now) == 1
    assert places(sample) in ({tao.pk, yan.pk, fourth.pk}, {tao.pk, yan.pk, fifth.pk})


@pytest.mark.parametrize("go", [leave_role, leave_account, pause])
def test_vote_of_who_was_removed_meanwhile_is_refused(sample, rui, now, go):
    reserve_next(rui, now=now)
    done = hear(sample, by=rui, now=now)
    go(rui)

    with pytest.raises(ReviewRefused) as refusal:
        cast_vote(sample, reviewer=rui, verdict="approve", reasons=[], note="", now=done)

    assert refusal.value.code == "removed"


def test_vote_on_an_assigned_sample_that_was_not_opened_is_refused(sample, rui, now):
    assign_reviewers(sample, now=now)
    done = hear(sample, by=rui, now=now)

    with pytest.raises(ReviewRefused) as refusal:
        cast_vote(sample, reviewer=rui, verdict="approve", reasons=[], note="", now=done)

    assert refusal.value.code == "not_reserved"


def test_place_that_somebody_took_has_lapsed_for_good(sample, rui, tao, yan, now):
    for reviewer in (rui, tao, yan):
        reserve_next(reviewer, now=now)
    done = hear(sample, by=rui, now=now)
    reserve_next(make_staff(), now=now + timedelta(minutes=15))

    with pytest.raises(ReviewRefused) as refusal:
        cast_vote(sample, reviewer=rui, verdict="approve", reasons=[], note="", now=done)

    assert refusal.value.code == "lapsed"
    assert rui.pk not in places(sample)


def test_sweep_fills_what_came_before_the_reviewers(sample, mei, project, now):
    make_sample(mei, project=project)
    assert repair_assignments(now=now) == 0

    make_staff()
    assert repair_assignments(now=now) == 2
    assert repair_assignments(now=now) == 0


def test_more_people_than_places_are_found(sample, team, now):
    for person in team:
        hold_place(sample, reviewer=person, now=now)

    assert broken_places() == [f"sample {sample.pk} has 4 people on its places"]


# --- settings ---


def test_player_keeps_speed_and_start_each_on_its_own(rui):
    set_player(rui, speed=1.75)
    set_player(rui, plays_at_once=False)
    set_player(rui)

    profile = profile_of(rui)
    assert (profile.playback_speed, profile.plays_at_once, profile.is_active) == (1.75, False, True)


@pytest.mark.parametrize("speed", [0.5, 1.1, 2.75])
def test_player_has_no_other_speeds(rui, speed):
    assert speed not in SPEEDS
    with pytest.raises(ValueError, match="no speed"):
        set_player(rui, speed=speed)
