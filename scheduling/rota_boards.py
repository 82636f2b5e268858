"""What managers look at when they make a rota: who could take a slot, a day of one person, a proposal. Read only."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import User
from scheduling import weeks
from scheduling.models import DayPart, Slot, SlotStatus
from scheduling.rota_facts import FAIR_WEEKS, place_of, read_workers, staff_of
from scheduling.rota_planner import Line, propose_rota
from scheduling.rota_values import HARD, Answers, Candidate, Place, Worker, find_obstacles, rank_candidates
from scheduling.weeks import SlotCell

LABELS: dict[str, Promise] = {
    "not_staff": gettext_lazy("Does not work in this studio"),
    "already": gettext_lazy("On this rota"),
    "takes_part": gettext_lazy("Takes part in a session then"),
    "elsewhere": gettext_lazy("On another rota then"),
    "unavailable": gettext_lazy("Cannot come then"),
    "untold": gettext_lazy("Has not said when they can come"),
    "over_day": gettext_lazy("Enough shifts that day"),
    "over_week": gettext_lazy("Enough shifts that week"),
    "pause": gettext_lazy("Too close to another shift"),
    "travel": gettext_lazy("No time for the way"),
}


@dataclass(frozen=True)
class CandidateRow:
    """Somebody for a slot, as a page shows them."""

    person: User
    candidate: Candidate
    week_limit: int

    @property
    def words(self) -> list[str]:
        """What stands in the way."""
        return [str(LABELS[code]) for code in self.candidate.obstacles]

    @property
    def hours(self) -> int:
        """The hours of this week and the weeks before."""
        return self.candidate.worker.load_minutes // 60


def candidates_for(slot: Slot) -> list[CandidateRow]:
    """Return the studio's staff who are not on the rota, those whom nothing hinders first. Nine queries."""
    place = place_of(slot)
    people = {person.pk: person for person in staff_of([place.studio]).select_related("profile")}
    ranked = rank_candidates(place, read_workers(people.values(), [place]))
    return [
        CandidateRow(people[one.worker.number], one, one.worker.week_limit(place))
        for one in ranked
        if "already" not in one.obstacles
    ]


@dataclass(frozen=True)
class DaySlot:
    """One slot of a day, and what stands between it and one person."""

    cell: SlotCell
    obstacles: list[str]
    is_on_it: bool

    @property
    def words(self) -> list[str]:
        """What stands in the way."""
        return [str(LABELS[code]) for code in self.obstacles]

    @property
    def is_hard(self) -> bool:
        """Whether something stands in the way that nobody can overrule."""
        return any(code in HARD for code in self.obstacles)

    @property
    def lacks(self) -> int:
        """How many people the slot lacks."""
        return max(0, self.cell.slot.project.min_staff - self.cell.staff_count)

    @property
    def needs_reason(self) -> bool:
        """Whether the person can be put on it with a reason only."""
        return any(code != "untold" for code in self.obstacles)


def day_of(person: User, *, on: date, now: datetime) -> list[DaySlot]:
    """Return the day's open slots of the person's studios, those that lack people first. Fifteen queries."""
    slots = Slot.objects.filter(
        weeks.slots_within([on]),
        status=SlotStatus.OPEN,
        ends_at__gt=now,
        booth__studio__staff__person=person,
    )
    cells = [cell for cell in weeks.with_cells(slots, now=now) if cell.local_start.date() == on]
    places = {cell.slot.pk: place_of(cell.slot) for cell in cells}
    workers = read_workers([person], list(places.values()))
    found = []
    for cell in cells:
        obstacles = find_obstacles(workers[0], places[cell.slot.pk])
        is_on_it = "already" in obstacles
        found.append(DaySlot(cell, [] if is_on_it else obstacles, is_on_it))
    return sorted(found, key=lambda one: (not one.lacks, one.cell.slot.starts_at, one.cell.slot.pk))


@dataclass(frozen=True)
class BoardDay:
    """A day of one person on the board: what they say of it, and how many of the gaps they could take."""

    says: str
    is_away: bool
    gaps: int
    fits: int


def board_days(
    people: Iterable[User], *, gaps: Sequence[SlotCell], days: Sequence[date]
) -> dict[int, list[BoardDay]]:
    """Return the days of each person by person. Eight queries for any number of people."""
    people = list(people)
    by_day: defaultdict[date, list[Place]] = defaultdict(list)
    for cell in gaps:
        by_day[cell.local_start.date()].append(place_of(cell.slot))
    places = [place for of_day in by_day.values() for place in of_day] or _no_gaps(days)
    workers = {worker.number: worker for worker in read_workers(people, places)}
    return {
        person.pk: [_board_day(workers[person.pk], on=on, gaps=by_day.get(on, [])) for on in days]
        for person in people
    }


def _no_gaps(days: Sequence[date]) -> list[Place]:
    """Return a place that only says which week is looked at."""
    at = datetime.combine(days[0], datetime.min.time()).astimezone()
    return [Place(0, at, at, on=days[0], part="", studio=0, city=0)]


def _board_day(worker: Worker, *, on: date, gaps: Sequence[Place]) -> BoardDay:
    mine = [place for place in gaps if place.studio in worker.studios]
    parts = _parts_of(worker.answers, studios=worker.studios, on=on)
    return BoardDay(
        says=pgettext("list", ", ").join(str(DayPart(part).label) for part in parts or ()),
        is_away=parts is not None and not parts,
        gaps=len(mine),
        fits=sum(not find_obstacles(worker, place) for place in mine),
    )


def _parts_of(answers: Answers, *, studios: Collection[int], on: date) -> list[str] | None:
    """Return the parts of the day on which the person can come to one of their studios; None when they said nothing."""
    said = {
        part: [answers.says(studio=studio, on=on, part=part) for studio in studios] for part in DayPart.values
    }
    if all(answer is None for of_part in said.values() for answer in of_part):
        return None
    return [part for part, of_part in said.items() if any(of_part)]


@dataclass(frozen=True)
class ProposedLine:
    """One person for one slot as the preview shows it."""

    person: User
    line: Line

    @property
    def key(self) -> str:
        """What the form sends back when the line is ticked."""
        return f"{self.line.place.number}:{self.person.pk}"

    @property
    def why(self) -> str:
        """The reasons in words."""
        line = self.line
        untold = line.worker.answers.says(studio=line.place.studio, on=line.place.on, part=line.place.part)
        when, week, fair = (
            pgettext("rota", "Free") if untold is not None else str(LABELS["untold"]),
            _("%(shifts)d of %(limit)d shifts this week")
            % {"shifts": line.week_shifts, "limit": line.week_limit},
            _("fewest hours for their wish: %(hours)d h in %(weeks)d weeks, wishes %(wish)d h a week")
            % {
                "hours": line.load_minutes // 60,
                "weeks": FAIR_WEEKS + 1,
                "wish": line.worker.wished_minutes // 60,
            }
            if line.others
            else _("nobody else can"),
        )
        return _("%(when)s; %(week)s; %(fair)s") % {"when": when, "week": week, "fair": fair}


@dataclass(frozen=True)
class ProposedSlot:
    """One slot of the preview with the people for it; `is_whole`: it has all of them then."""

    cell: SlotCell
    lines: list[ProposedLine]
    is_whole: bool


@dataclass(frozen=True)
class Proposal:
    """The rota that is proposed for a week."""

    slots: list[ProposedSlot]
    uncovered: list[SlotCell]
    untold: list[User]

    @property
    def line_count(self) -> int:
        """How many shifts it has."""
        return sum(len(slot.lines) for slot in self.slots)


def propose_week(*, days: Sequence[date], city_id: int | None, now: datetime, asks_untold: bool) -> Proposal:
    """Return the proposal for the slots of these days that lack people and have not begun. Sixteen queries."""
    cells = {
        cell.slot.pk: cell
        for cell in weeks.gaps(days=days, city_id=city_id, now=now)
        if cell.slot.starts_at > now
    }
    places = [place_with_gap(cell) for cell in cells.values()]
    people = {person.pk: person for person in _staff_for(places)}
    workers = read_workers(people.values(), places)
    of_slot: defaultdict[int, list[Line]] = defaultdict(list)
    for line in propose_rota(places, workers, asks_untold=asks_untold):
        of_slot[line.place.number].append(line)
    slots = [
        ProposedSlot(
            cells[number],
            [ProposedLine(people[line.worker.number], line) for line in lines],
            lines[0].is_whole,
        )
        for number, lines in of_slot.items()
    ]
    whole = {slot.cell.slot.pk for slot in slots if slot.is_whole}
    return Proposal(
        slots=slots,
        uncovered=[cell for number, cell in cells.items() if number not in whole],
        untold=[people[one.number] for one in workers if not one.answers.is_told],
    )


def place_with_gap(cell: SlotCell) -> Place:
    """Return the slot as the planner sees it, with the people whom it lacks."""
    return place_of(
        cell.slot,
        lacks=max(0, cell.slot.project.min_staff - cell.staff_count),
        is_booked=cell.booking is not None,
    )


def _staff_for(places: Collection[Place]) -> QuerySet[User]:
    studios = {place.studio for place in places}
    return staff_of(studios).select_related("profile").order_by("profile__name", "pk")
