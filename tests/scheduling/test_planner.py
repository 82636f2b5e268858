"""The planner: what holds for whatever people there are, and the order on a few that are drawn by hand."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.planner import Candidate, Quota, propose

MONDAY = date(2026, 3, 2)
PARTS = ("1_morning", "2_afternoon", "3_evening")

times = st.frozensets(
    st.tuples(st.integers(0, 3).map(lambda day: MONDAY + timedelta(days=day)), st.sampled_from(PARTS)),
    max_size=6,
)
quotas = st.lists(
    st.builds(
        Quota,
        name=st.sampled_from("abc"),
        wanted=st.integers(1, 4),
        made=st.integers(0, 5),
        sexes=st.sampled_from([(), ("female", "female"), ("female", "male"), ("male", "male")]),
        dialect=st.sampled_from(["", "四川话"]),
        min_age_years=st.sampled_from([0, 30]),
    ),
    max_size=3,
    unique_by=lambda quota: quota.name,
)


@st.composite
def crowds(draw):
    """Up to eight people with numbers of their own."""
    count = draw(st.integers(2, 8))
    return [
        Candidate(
            number=number,
            city=draw(st.integers(1, 2)),
            times=draw(times),
            waits_days=draw(st.integers(0, 20)),
            sex=draw(st.sampled_from(["", "female", "male"])),
            dialect=draw(st.sampled_from(["四川话", "粤语"])),
            age_years=draw(st.sampled_from([0, 20, 40])),
        )
        for number in range(count)
    ]


def found(person, people, **facts):
    return [proposal.other.number for proposal in propose(person, people, **facts)]


@given(crowds(), quotas)
def test_who_is_proposed_to_one_has_one_proposed_to_them_for_the_same_reasons(people, kinds):
    for person in people:
        for there in propose(person, people, quotas=kinds):
            (back,) = propose(there.other, [person], quotas=kinds)
            assert back.other == person
            assert (back.times, back.lack, back.quota, back.waited_days) == (
                there.times,
                there.lack,
                there.quota,
                there.waited_days,
            )


@given(crowds(), quotas)
def test_everybody_is_proposed_who_can_come_and_nobody_else(people, kinds):
    for person in people:
        wanted = {
            other.number
            for other in people
            if other is not person and other.city == person.city and other.times & person.times
        }
        proposed = found(person, people, quotas=kinds)
        assert sorted(proposed) == sorted(wanted)


@given(crowds(), quotas, st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_order_in_which_people_come(people, kinds, random):
    shuffled, kinds_shuffled = list(people), list(kinds)
    random.shuffle(shuffled)
    random.shuffle(kinds_shuffled)

    for person in people:
        expected = propose(person, people, quotas=kinds)
        assert propose(person, shuffled, quotas=kinds_shuffled) == expected
        assert propose(person, shuffled, quotas=kinds, limit=2) == expected[:2]


def someone(number, *, evenings=1, waits=0, sex="female", dialect="四川话", age=25):
    free = frozenset((MONDAY + timedelta(days=day), "3_evening") for day in range(evenings))
    return Candidate(number, 1, free, waits, sex=sex, dialect=dialect, age_years=age)


def test_more_common_times_come_before_longer_waiting():
    me = someone(0, evenings=3)

    assert found(
        me, [someone(1, evenings=1, waits=9), someone(2, evenings=3), someone(3, evenings=3, waits=1)]
    ) == [
        3,
        2,
        1,
    ]


def test_more_than_six_common_times_make_nobody_better():
    me = someone(0, evenings=9)

    assert found(me, [someone(1, evenings=6, waits=1), someone(2, evenings=9)]) == [1, 2]


def test_kind_of_pair_that_is_lacking_most_comes_first():
    me = someone(0, evenings=2)
    half, empty = (
        Quota("women", 10, 5, sexes=("female", "female")),
        Quota("mixed", 10, 0, sexes=("female", "male")),
    )

    proposals = propose(me, [someone(1, evenings=2), someone(2, sex="male")], quotas=[half, empty])

    assert [(one.other.number, one.quota, one.lack) for one in proposals] == [
        (2, "mixed", 1.0),
        (1, "women", 0.5),
    ]


def test_full_quota_weighs_nothing():
    full = Quota("women", 5, 5, sexes=("female", "female"))

    (proposal,) = propose(someone(0), [someone(1)], quotas=[full])

    assert (proposal.quota, proposal.lack) == ("", 0.0)


def test_quota_of_a_dialect_and_an_age_band_wants_both_people_in_it():
    band = Quota("四川话", 5, 0, dialect="四川话", min_age_years=20, max_age_years=25)

    fits = [
        bool(propose(someone(0), [other], quotas=[band])[0].quota)
        for other in (
            someone(1),
            someone(2, age=26),
            someone(3, age=19),
            someone(4, dialect="粤语"),
            someone(5, dialect=" 四川话 ", age=20),
        )
    ]

    assert fits == [True, False, False, False, True]
