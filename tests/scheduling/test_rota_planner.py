"""The planner of the rota: what holds for any week, the best there is on small ones, and a few drawn by hand."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rota_planner import Line, propose_rota
from scheduling.rota_values import (
    Answers,
    Place,
    SaidDays,
    StudioTerms,
    Worker,
    find_obstacles,
    rank_candidates,
    weigh,
)

MONDAY = date(2026, 3, 2)
PARTS = {9: "1_morning", 14: "2_afternoon", 18: "3_evening"}
ALWAYS = frozenset((studio, day, part) for studio in (1, 2, 3) for day in range(7) for part in PARTS.values())
# The studios 1 and 2 are in one city, 3 in another.
CITY = {1: 1, 2: 1, 3: 2}


def place(number, *, day=0, hour=9, studio=1, lacks=1, is_booked=False, **terms) -> Place:
    starts_at = datetime(2026, 3, 2, hour, tzinfo=UTC) + timedelta(days=day)
    return Place(
        number=number,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        on=MONDAY + timedelta(days=day),
        part=PARTS[hour],
        studio=studio,
        city=CITY[studio],
        terms=StudioTerms(**terms),
        lacks=lacks,
        is_booked=is_booked,
    )


def worker(number, *, weekly=ALWAYS, days=(), is_told=True, **facts) -> Worker:
    facts = {"studios": frozenset({1, 2, 3}), **facts}
    return Worker(number=number, answers=Answers(is_told, frozenset(weekly), tuple(days)), **facts)


def names(lines: list[Line]) -> list[tuple[int, int]]:
    return [(line.place.number, line.worker.number) for line in lines]


LACKS = st.integers(1, 2)


@st.composite
def weeks(draw, *, lacks=LACKS, studios=(1, 2, 3), most_places=7, most_workers=6):
    """A few slots, and a few people with shifts, limits and times of their own."""
    spots = st.tuples(
        st.integers(0, 2), st.sampled_from(sorted(PARTS)), st.sampled_from(studios), st.integers(1, 2)
    )
    drawn = draw(st.lists(spots, max_size=most_places, unique=True))
    places = [
        place(number, day=day, hour=hour, studio=studio, lacks=draw(lacks), is_booked=draw(st.booleans()))
        for number, (day, hour, studio, _booth) in enumerate(drawn)
    ]
    standing = [place(100 + day, day=day, hour=14, studio=studios[0]) for day in range(3)]
    workers = [
        worker(
            number,
            weekly=draw(
                st.frozensets(
                    st.tuples(
                        st.sampled_from(studios), st.integers(0, 2), st.sampled_from(sorted(PARTS.values()))
                    ),
                    max_size=12,
                )
            ),
            studios=draw(st.frozensets(st.sampled_from(studios), min_size=1)),
            shifts=tuple(draw(st.lists(st.sampled_from(standing), max_size=2, unique=True))),
            per_day=draw(st.sampled_from([None, 0, 1, 3])),
            per_week=draw(st.sampled_from([None, 1, 2, 4])),
            wished_minutes=draw(st.sampled_from([300, 900, 1800])),
            load_minutes=draw(st.sampled_from([0, 180, 900, 3600])),
        )
        for number in range(draw(st.integers(0, most_workers)))
    ]
    return places, workers


def given_to(lines: list[Line]) -> dict[int, list[Place]]:
    shifts: dict[int, list[Place]] = {}
    for line in lines:
        shifts.setdefault(line.worker.number, [*line.worker.shifts]).append(line.place)
    return shifts


@given(weeks())
def test_nobody_is_named_against_what_hinders_them(week):
    places, workers = week
    lines = propose_rota(places, workers)

    shifts = given_to(lines)
    for line in lines:
        others = [one for one in shifts[line.worker.number] if one.number != line.place.number]
        assert find_obstacles(line.worker, line.place, shifts=others) == []
    assert len(set(names(lines))) == len(lines)


@given(weeks())
def test_no_slot_gets_more_than_it_lacks_and_none_is_left_that_could_be_whole(week):
    places, workers = week
    lines = propose_rota(places, workers)

    shifts = {one.number: list(one.shifts) for one in workers} | given_to(lines)
    for one in places:
        on_it = {line.worker.number for line in lines if line.place == one}
        assert len(on_it) <= one.lacks
        free = [
            candidate
            for candidate in workers
            if candidate.number not in on_it
            and not find_obstacles(candidate, one, shifts=shifts[candidate.number])
        ]
        assert len(on_it) == one.lacks or free == []
        assert {line.is_whole for line in lines if line.place == one} <= {len(on_it) == one.lacks}


@given(weeks(), st.randoms(use_true_random=False))
def test_the_same_facts_in_another_order_give_the_same_rota(week, random):
    places, workers = week
    first = propose_rota(places, workers)
    random.shuffle(places)
    random.shuffle(workers)

    assert propose_rota(places, workers) == first


@given(weeks())
def test_no_shift_can_be_handed_on_to_somebody_who_has_less_for_their_wish(week):
    places, workers = week
    lines = propose_rota(places, workers)

    shifts = {one.number: list(one.shifts) for one in workers} | given_to(lines)
    added = {one.number: 0 for one in workers}
    for line in lines:
        added[line.worker.number] += line.place.minutes
    for line in lines:
        minutes = line.place.minutes
        held = weigh(
            line.worker,
            load_minutes=line.worker.load_minutes + added[line.worker.number] - minutes,
            minutes=minutes,
        )
        others = [
            one
            for one in workers
            if (line.place.number, one.number) not in names(lines)
            and not find_obstacles(one, line.place, shifts=shifts[one.number])
        ]
        assert line.others == len(others)
        for other in others:
            load = other.load_minutes + added[other.number]
            assert held <= weigh(other, load_minutes=load, minutes=minutes)


def best_cover(places, workers) -> tuple[int, int]:
    """Return the most booked slots, and with these the most of all, that any rota gives all their people."""
    able = {
        one.number: [None, *combinations([w for w in workers if not find_obstacles(w, one)], one.lacks)]
        for one in places
    }
    best = (0, 0)
    for choice in product(*(able[one.number] for one in places)):
        chosen = [(one, team) for one, team in zip(places, choice, strict=True) if team]
        score = (sum(one.is_booked for one, _team in chosen), len(chosen))
        if score > best and _holds(chosen):
            best = score
    return best


def _holds(chosen) -> bool:
    shifts: dict[int, list[Place]] = {}
    for one, team in chosen:
        for member in team:
            mine = shifts.setdefault(member.number, [*member.shifts])
            if find_obstacles(member, one, shifts=mine):
                return False
            mine.append(one)
    return True


@settings(max_examples=60)
@given(weeks(lacks=st.just(1), studios=(1,), most_places=5, most_workers=4))
def test_as_many_slots_are_covered_as_can_be(week):
    places, workers = week

    covered = [line.place for line in propose_rota(places, workers) if line.is_whole]

    assert (sum(one.is_booked for one in covered), len(covered)) == best_cover(places, workers)


def test_somebody_is_moved_when_only_they_can_take_the_other_slot():
    mornings = frozenset({(1, 0, PARTS[9])})
    both = worker(1, weekly=mornings | {(1, 1, PARTS[9])}, per_week=1)
    one_day = worker(2, weekly=mornings)

    lines = propose_rota([place(1), place(2, day=1)], [both, one_day])

    assert names(lines) == [(1, 2), (2, 1)]


def test_booked_slot_comes_before_an_earlier_one():
    lines = propose_rota([place(1), place(2, day=1, is_booked=True)], [worker(1, per_week=1)])

    assert names(lines) == [(2, 1)]


def test_two_who_wish_alike_get_the_same_and_half_the_wish_gets_half():
    places = [place(number, day=number) for number in range(6)]

    alike = propose_rota(places, [worker(1), worker(2)])
    half = propose_rota(places, [worker(1, wished_minutes=900), worker(2, wished_minutes=450)])

    assert sorted(line.worker.number for line in alike) == [1, 1, 1, 2, 2, 2]
    assert sorted(line.worker.number for line in half) == [1, 1, 1, 1, 2, 2]


def test_who_worked_more_in_the_weeks_before_gets_less():
    lines = propose_rota([place(1), place(2, day=1)], [worker(1, load_minutes=900), worker(2)])

    assert names(lines) == [(1, 2), (2, 2)]


def test_line_says_how_much_the_person_has_and_who_else_could():
    standing = place(9, day=2, hour=14)
    [line] = propose_rota(
        [place(1)], [worker(1, shifts=(standing,), load_minutes=180), worker(2, load_minutes=600)]
    )

    assert (line.worker.number, line.day_shifts, line.week_shifts, line.week_limit) == (1, 1, 2, 10)
    assert (line.load_minutes, line.others, line.is_whole) == (360, 1, True)


def test_who_has_said_nothing_is_named_only_when_asked_for():
    silent = worker(1, weekly=(), is_told=False)

    assert propose_rota([place(1)], [silent]) == []
    assert names(propose_rota([place(1)], [silent], asks_untold=True)) == [(1, 1)]


def test_what_was_said_last_of_a_day_holds():
    away = SaidDays(is_extra=False, from_on=MONDAY, to_on=MONDAY + timedelta(days=2))
    back = SaidDays(is_extra=True, from_on=MONDAY, to_on=MONDAY, part=PARTS[9])
    one = worker(1, days=(away, back))

    assert find_obstacles(one, place(1)) == []
    assert find_obstacles(one, place(1, hour=14)) == ["unavailable"]
    assert find_obstacles(worker(1, days=(back, away)), place(1)) == ["unavailable"]


def test_obstacles_name_each_thing_in_the_way():
    mine = place(1)
    busy = worker(
        1, studios=frozenset({1}), shifts=(mine,), taken=((mine.starts_at, mine.ends_at),), weekly=()
    )

    assert find_obstacles(busy, place(2, studio=2)) == [
        "not_staff",
        "takes_part",
        "elsewhere",
        "unavailable",
    ]
    assert find_obstacles(busy, mine)[:2] == ["already", "takes_part"]


def test_limits_are_the_persons_own_or_the_studios():
    shifts = (place(1), place(2, hour=14))

    assert find_obstacles(worker(1, shifts=shifts), place(3, hour=18)) == ["over_day"]
    assert find_obstacles(worker(1, shifts=shifts, per_day=3), place(3, hour=18)) == []
    assert find_obstacles(worker(1, shifts=shifts), place(3, day=1, per_week=2)) == ["over_week"]
    assert find_obstacles(worker(1, shifts=shifts, per_week=2), place(3, day=7)) == []


def test_way_between_two_shifts_needs_its_time():
    noon = Place(1, *_span(9, 12), on=MONDAY, part=PARTS[9], studio=1, city=1)

    def after(minutes, *, studio, city):
        starts_at = noon.ends_at + timedelta(minutes=minutes)
        ends_at = starts_at + timedelta(hours=3)
        there = Place(2, starts_at, ends_at, on=MONDAY, part=PARTS[14], studio=studio, city=city)
        return find_obstacles(worker(1, shifts=(noon,)), there)

    assert after(30, studio=1, city=1) == []
    assert after(29, studio=1, city=1) == ["pause"]
    assert after(60, studio=2, city=1) == []
    assert after(59, studio=2, city=1) == ["travel"]
    assert after(300, studio=3, city=2) == ["travel"]


def _span(first, last):
    day = datetime(2026, 3, 2, tzinfo=UTC)
    return day + timedelta(hours=first), day + timedelta(hours=last)


def test_candidates_are_ranked_free_ones_with_least_for_their_wish_first():
    mine = place(1)
    crowd = [
        worker(1, shifts=(place(2, studio=2),)),
        worker(2, weekly=()),
        worker(3, weekly=(), is_told=False),
        worker(4, load_minutes=900),
        worker(5, load_minutes=180),
    ]

    ranked = rank_candidates(mine, crowd)

    assert [one.worker.number for one in ranked] == [5, 4, 3, 2, 1]
    assert [one.is_hard for one in ranked] == [False, False, False, False, True]
    assert [one.doubts for one in ranked][:4] == [[], [], [], ["unavailable"]]
