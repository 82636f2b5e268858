"""The rows of scheduling, a module for each noun."""

from scheduling.models.booking import (
    Attendance,
    AttendanceEvent,
    AttendanceOutcome,
    Booking,
    BookingEvent,
    BookingStatus,
)
from scheduling.models.feed import CalendarFeed
from scheduling.models.form_key import FormKey
from scheduling.models.occupancy import Occupancy, OccupancyKind
from scheduling.models.pair import Block, Invitation, InvitationStatus, Pair, WrongCode
from scheduling.models.project import Project, SpokenLanguage
from scheduling.models.qualification import Qualification, QualificationEvent, QualificationStatus
from scheduling.models.reminder import BookingNews, Reminder, ReminderEvent, ReminderStatus
from scheduling.models.slot import Slot, SlotEvent, SlotStatus, SlotTemplate, Weekday
from scheduling.models.staff import Shift, ShiftEvent, ShiftStatus, StudioStaff
from scheduling.models.studio import Booth, City, Studio

__all__ = [
    "Attendance",
    "AttendanceEvent",
    "AttendanceOutcome",
    "Block",
    "Booking",
    "BookingEvent",
    "BookingNews",
    "BookingStatus",
    "Booth",
    "CalendarFeed",
    "City",
    "FormKey",
    "Invitation",
    "InvitationStatus",
    "Occupancy",
    "OccupancyKind",
    "Pair",
    "Project",
    "Qualification",
    "QualificationEvent",
    "QualificationStatus",
    "Reminder",
    "ReminderEvent",
    "ReminderStatus",
    "Shift",
    "ShiftEvent",
    "ShiftStatus",
    "Slot",
    "SlotEvent",
    "SlotStatus",
    "SlotTemplate",
    "SpokenLanguage",
    "Studio",
    "StudioStaff",
    "Weekday",
    "WrongCode",
]
