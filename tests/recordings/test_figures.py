"""The figures of the reviewing, counted by hand beside them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recordings import reviews
from recordings.figures import (
    ReviewerFigures,
    Step,
    count_ages,
    count_figures,
    count_reviewers,
    make_period,
    read_figures,
)
from recordings.models import GoldSample, Review, Sample, SamplePlay, SampleStatus
from recordings.votes import choose_votes
from scheduling.models import Project
from tests.factories import NOW, make_person, make_staff
from tests.recordings.makers import make_sample, reject, vote
from tests.recordings.test_sample_lists import PAST, judged

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def period():
    return make_period(days=30, project=None, now=NOW)


def counted(period, **kwargs):
    return count_figures(period, now=PAST, **kwargs)


def test_period_is_whole_days_up_to_today(project):
    period = make_period(days=7, project=project, now=NOW)

    assert (period.from_on, period.to_on, period.project_id) == (
        date(2026, 2, 24),
        date(2026, 3, 2),
        project.pk,
    )
    assert period.span.from_at == datetime(2026, 2, 24, tzinfo=SHANGHAI)
    assert period.span.to_at == datetime(2026, 3, 3, tzinfo=SHANGHAI)
    assert make_period(days=8, project=None, now=NOW).days == 30


def test_period_has_days_or_weeks_as_steps():
    week = make_period(days=7, project=None, now=NOW)
    month = make_period(days=30, project=None, now=NOW)

    assert week.steps == [date(2026, 2, 24) + timedelta(days=i) for i in range(7)]
    assert month.steps == [date(2026, 1, 26) + timedelta(days=7 * i) for i in range(6)]
    assert all(step.weekday() == 0 for step in month.steps)
    late = datetime(2026, 3, 1, 23, 59, tzinfo=SHANGHAI)
    assert (week.step_of(late), month.step_of(late)) == (date(2026, 3, 1), date(2026, 2, 23))


def test_agreement_is_of_the_first_two_votes(period, project, lin, mei, stranger, rui, tao, yan):
    judged(lin, project, (rui, "approve"), (tao, "approve"))
    judged(mei, project, (rui, "approve"), (tao, "reject"), (yan, "reject"))
    judged(stranger, project, (rui, "reject"))

    found = counted(period).agreement

    # one pair alike of two; three approvals and one rejection among four votes
    assert (found.items, found.votes, found.observed) == (2, 4, 0.5)
    assert found.expected == pytest.approx(0.75**2 + 0.25**2)
    assert found.kappa == pytest.approx((0.5 - 0.625) / (1 - 0.625))


def test_agreement_leaves_out_a_vote_that_was_taken_back(period, project, lin, rui, tao, yan):
    sample = make_sample(lin, project=project)
    reviews.undo_vote(vote(sample, by=rui, verdict="reject", now=NOW), by=rui, now=NOW)
    vote(sample, by=tao, verdict="approve", now=NOW)
    vote(sample, by=yan, verdict="approve", now=NOW)

    assert (counted(period).agreement.items, counted(period).agreement.observed) == (1, 1.0)


def test_reviewers_are_counted_by_vote_outcome_and_pace(
    period, project, lin, mei, stranger, rui, tao, yan, lead
):
    judged(lin, project, (rui, "approve"), (tao, "approve"))
    judged(mei, project, (rui, "approve"), (tao, "reject"), (yan, "reject"), lead=lead)
    judged(stranger, project, (rui, "unsure"))
    undone = make_sample(make_person(), project=project)
    reviews.undo_vote(vote(undone, by=rui, verdict="approve", now=NOW), by=rui, now=NOW)
    SamplePlay.objects.filter(listener=rui, sample__person=lin).update(opened_at=NOW - timedelta(seconds=60))

    first, second, third = counted(period).reviewers

    # opened 60, 181 and 182 seconds before the vote; the sound lasts 150
    pace = {"took_s": 180.0, "speed": pytest.approx(150 / 180)}
    assert first == ReviewerFigures(rui.pk, approve=2, unsure=1, undone=1, alike=1, unlike=1, **pace)
    assert (first.votes, first.compared) == (3, 2)
    assert second == ReviewerFigures(tao.pk, approve=1, reject=1, alike=2, **pace)
    assert third == ReviewerFigures(yan.pk, reject=1, alike=1, **pace)


def test_one_reviewer_is_counted_alone(period, project, lin, rui, tao):
    judged(lin, project, (rui, "approve"), (tao, "approve"))

    assert [row.reviewer_id for row in count_reviewers(period, reviewer=rui)] == [rui.pk]
    assert count_reviewers(period, reviewer=lin) == []


def test_reasons_are_counted_by_sample_the_most_frequent_first(period, project, lin, mei, rui, tao):
    sample = make_sample(lin, project=project)
    vote(sample, by=rui, verdict="reject", reasons=["echo", "noise"], now=NOW)
    vote(sample, by=tao, verdict="unsure", reasons=["echo"], now=NOW)
    vote(make_sample(mei, project=project), by=rui, verdict="reject", reasons=["noise"], now=NOW)

    assert list(counted(period).reasons.items()) == [("noise", 2), ("echo", 1)]


def test_decisions_are_counted_by_week_with_their_time(project):
    period = make_period(days=7, project=None, now=NOW)
    for number, (status, sent_h) in enumerate(
        [("approved", 1), ("approved", 2), ("rejected", 30), ("measuring", 1)]
    ):
        sample = make_sample(make_person(f"人{number}"), project=project, status=status)
        Sample.objects.filter(pk=sample.pk).update(sent_at=NOW - timedelta(hours=sent_h), decided_at=NOW)
    Sample.objects.filter(status="measuring").update(status=SampleStatus.REFUSED, refusal="too_short")

    found = counted(period)

    empty = [Step(date(2026, 2, 24) + timedelta(days=i)) for i in range(6)]
    # of 1, 2 and 30 hours: the middle one, and nine tenths of the way
    today = Step(
        date(2026, 3, 2), approved=2, rejected=1, refused=1, median_h=2.0, slow_h=pytest.approx(24.4)
    )
    assert found.steps == [*empty, today]
    assert found.refusals == {"too_short": 1}


@pytest.mark.parametrize(
    ("waits", "age"),
    [
        (0, "4h"),
        (3.99, "4h"),
        (4, "12h"),
        (24, "2d"),
        (47.9, "2d"),
        (48, "3d"),
        (168, "more"),
        (9000, "more"),
    ],
)
def test_age_of_the_queue(project, lin, waits, age):
    make_sample(lin, project=project, sent_at=NOW - timedelta(hours=waits))

    found = count_ages(project_id=None, now=NOW)

    assert {key for key, count in found["in_review"].items() if count} == {age}


def test_age_tells_the_states_apart(project, lin, mei):
    make_sample(lin, project=project, status="cross_review")
    make_sample(mei, project=project, status="approved")

    assert {status: sum(ages.values()) for status, ages in count_ages(project_id=None, now=NOW).items()} == {
        "cross_review": 1
    }


def test_figures_of_another_project_and_of_earlier_days_are_left_out(project, lin, mei, rui, tao):
    other = Project.objects.create(name="其他", slug="other")
    judged(lin, project, (rui, "approve"), (tao, "reject"))
    judged(mei, other, (rui, "approve"), (tao, "approve"))
    Review.objects.filter(sample__person=mei).update(voted_at=NOW - timedelta(days=29))

    assert counted(make_period(days=30, project=other, now=NOW)).agreement.items == 1
    assert counted(make_period(days=30, project=None, now=NOW)).agreement.items == 2
    Review.objects.filter(sample__person=mei).update(voted_at=NOW - timedelta(days=30))
    assert counted(make_period(days=30, project=other, now=NOW)).reviewers == []


def test_figures_are_six_queries_whatever_there_is(
    period, project, lin, mei, rui, tao, lead, django_assert_num_queries
):
    with django_assert_num_queries(6):
        counted(period)
    judged(lin, project, (rui, "approve"), (tao, "approve"))
    reject(judged(mei, project, (rui, "reject"), (tao, "reject")), lead=lead, now=PAST)
    with django_assert_num_queries(6):
        counted(period)


def test_figures_are_kept_for_a_minute_for_each_choice(period, project, lin, rui, tao):
    first = read_figures(period, now=NOW)
    judged(lin, project, (rui, "approve"), (tao, "approve"))

    assert read_figures(period, now=NOW + timedelta(seconds=59)) == first
    assert read_figures(make_period(days=90, project=None, now=NOW), now=NOW) != first


def test_votes_on_gold_samples_stand_apart(period, project, lin, mei, rui, tao, lead):
    """They are told as right or missed, and count neither as votes nor for agreement, reasons or outcome."""
    approved = judged(lin, project, (rui, "approve"), (tao, "approve"))
    mark_gold(approved, by=lead, expected="approve")
    yan, ida = make_staff("reviewer"), make_staff("reviewer")
    vote_on_gold(approved, by=yan, verdict="approve")
    vote_on_gold(approved, by=ida, verdict="reject", reasons=["echo"])
    vote_on_gold(approved, by=make_staff("reviewer"), verdict="approve", undone_at=NOW)

    found = counted(period)

    assert found.agreement.items == 1
    assert found.reasons == {}
    rows = {row.reviewer_id: row for row in found.reviewers}
    assert len(rows) == 4  # a vote on a gold sample that was taken back is none
    assert rows[yan.pk] == ReviewerFigures(yan.pk, gold=1, gold_right=1)
    assert rows[ida.pk] == ReviewerFigures(ida.pk, gold=1)
    assert rows[rui.pk].votes == 1
    assert {sample.pk for sample in chosen_by("gold_right")} == {approved.pk}
    assert {vote.reviewer_id for vote in choose_votes(kind="gold_wrong")} == {ida.pk}
    assert choose_votes(reviewer=yan).count() == 0


def chosen_by(kind):
    return [vote.sample for vote in choose_votes(kind=kind)]


def mark_gold(sample, *, by, expected):
    return GoldSample.objects.create(
        sample=sample, expected=expected, explanation="Beyond doubt.", set_by=by, set_at=NOW
    )


def vote_on_gold(sample, *, by, verdict, reasons=(), undone_at=None):
    """Write a vote as `recordings.gold` lets reviewers cast it."""
    return Review.objects.create(
        sample=sample,
        reviewer=by,
        verdict=verdict,
        reasons=list(reasons),
        heard_ms=150_000,
        voted_at=NOW,
        stands_at=NOW,
        undone_at=undone_at,
        is_gold=True,
    )
