"""
The calendar's cells as HTML. A page has some hundred of them, on which a template spends ten times as long.

Whatever a person or a place is called is escaped here, as templates do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.templatetags.icons import icon
from scheduling.calendar_grid import Box, Cell, CityGrid, Row
from scheduling.conflicts import Conflict
from scheduling.models import Booking, City
from scheduling.rota_facts import name_of
from scheduling.timetable import SlotState

# No slot has it: where it stands in an address, the slot's own key goes.
NO_SLOT = 0
CELL = (
    '<a class="cell week-cell cell-{kind}" href="{url}" data-cell>\n'
    '  <span class="week-cell-line"><span class="week-cell-time">{time}</span>'
    '<span class="week-cell-staff" title="{staff_title}">{users_icon}{count}/{least}</span></span>\n'
    '  <span class="week-cell-word">{word}</span>{more}\n'
    "</a>"
)


@dataclass(frozen=True)
class ShownBox:
    """A square with what its template needs of it: its day or time in words, and its cells."""

    box: Box
    label: str
    html: SafeString


ShownRow = tuple[Row, list[ShownBox]]
ShownCity = tuple[City, list[ShownRow]]


class CellWriter:
    """
    Writes the cells of one page in the language that is active.

    With `has_names` each names the two speakers and the staff; their profiles should be fetched already.
    """

    def __init__(self, *, has_names: bool) -> None:
        self.has_names = has_names
        self.before, self.after = reverse("scheduling:slot_edit", args=[NO_SLOT]).rsplit(str(NO_SLOT), 1)
        self.users_icon, alert_icon = icon("users", "small"), icon("alert", "small")
        self.words = {state: escape(state.label) for state in SlotState}
        self.conflicts = {
            one: f'<span class="week-cell-conflict">{alert_icon}{escape(one.label)}</span>'
            for one in Conflict
        }
        self.staff_title, self.staff, self.none = (
            escape(words) for words in (_("Staff on the rota"), _("Staff: "), _("No slot"))
        )
        self.between = escape(pgettext("list", ", "))
        self.labels: dict[object, str] = {}

    def write_grid(self, cities: Iterable[CityGrid]) -> list[ShownCity]:
        """Return the grid with its squares written."""
        return [
            (grid.city, [(row, [self._write_box(box) for box in row.boxes]) for row in grid.rows])
            for grid in cities
        ]

    def _write_box(self, box: Box) -> ShownBox:
        html = "".join(map(self.write_cell, box.cells)) or f'<span class="sr-only">{self.none}</span>'
        return ShownBox(box, self._label_of(box), mark_safe(html))  # noqa: S308  # built of escaped parts

    def _label_of(self, box: Box) -> str:
        """Return the time, or else the day, in words; each is made once."""
        key = box.at or box.on
        if key not in self.labels:
            self.labels[key] = time_format(box.at, "H:i") if box.at else date_format(box.on, "WEEKDAY_FORMAT")
        return self.labels[key]

    def write_cell(self, one: Cell) -> str:
        """Return the link to the slot that shows its time, staff, state and conflicts."""
        cell = one.cell
        more = "".join(self.conflicts[conflict] for conflict in one.conflicts)
        return CELL.format(
            kind=cell.kind,
            url=f"{self.before}{cell.slot.pk}{self.after}",
            time=f"{cell.local_start:%H:%M}",
            staff_title=self.staff_title,
            users_icon=self.users_icon,
            count=cell.staff_count,
            least=cell.slot.project.min_staff,
            word=self.words[cell.state],
            more=more + self._names_of(one) if self.has_names else more,
        )

    def _names_of(self, one: Cell) -> str:
        lines = [_speakers_of(one.cell.booking)] if one.cell.booking else []
        if one.staff:
            names = self.between.join(escape(name_of(person)) for person in one.staff)
            lines.append(f"{self.staff}{names}")
        return "".join(f'<span class="week-cell-people">{line}</span>' for line in lines)


def _speakers_of(booking: Booking) -> str:
    people = (booking.pair.person_a, booking.pair.person_b)
    return " · ".join(escape(name_of(person)) for person in people)
