"""The rows of scheduling, a module for each noun."""

from scheduling.models.blackout import Blackout, PublicDay, PublicDayKind
from scheduling.models.board import Availability, BoardEntry, BoardEvent, BoardStatus, DayPart
from scheduling.models.booking import (
    Attendance,
    AttendanceEvent,
    AttendanceOutcome,
    Booking,
    BookingCause,
    BookingEvent,
    BookingStatus,
)
from scheduling.models.escalation import Escalation, EscalationEvent, EscalationStatus
from scheduling.models.feed import CalendarFeed
from scheduling.models.form_key import FormKey
from scheduling.models.move_request import MoveOption, MoveRequest, MoveRequestEvent, MoveRequestStatus
from scheduling.models.occupancy import Occupancy, OccupancyKind
from scheduling.models.pair import Block, Invitation, InvitationStatus, Pair, WrongCode
from scheduling.models.project import Project, SpokenLanguage
from scheduling.models.qualification import (
    Amnesty,
    Objection,
    Qualification,
    QualificationCause,
    QualificationEvent,
    QualificationStatus,
)
from scheduling.models.quota import ProjectQuota, SexPairing
from scheduling.models.release import Release, ReleaseCause, ReleaseEvent, ReleaseStatus
from scheduling.models.reminder import BookingNews, Reminder, ReminderEvent, ReminderStatus
from scheduling.models.report import Report, ReportEvent, ReportReason, ReportStatus
from scheduling.models.seat import OpenSeat, SeatEvent, SeatStatus
from scheduling.models.slot import (
    ExceptionKind,
    Slot,
    SlotEvent,
    SlotStatus,
    SlotTemplate,
    TemplateException,
    Weekday,
)
from scheduling.models.staff import Shift, ShiftEvent, ShiftStatus, StudioStaff
from scheduling.models.studio import Booth, City, Studio
from scheduling.models.swap import SwapEvent, SwapRequest, SwapStatus
from scheduling.models.ticket import Ticket, TicketCause, TicketEvent, TicketStatus, Wish
from scheduling.models.waiting import WaitingEntry, WaitingEvent, WaitingStatus
from scheduling.models.working_time import (
    AvailabilityChange,
    AvailabilityEvent,
    DayException,
    DayKind,
    StaffTerms,
    WorkingTime,
)

__all__ = [
    "Amnesty",
    "Attendance",
    "AttendanceEvent",
    "AttendanceOutcome",
    "Availability",
    "AvailabilityChange",
    "AvailabilityEvent",
    "Blackout",
    "Block",
    "BoardEntry",
    "BoardEvent",
    "BoardStatus",
    "Booking",
    "BookingCause",
    "BookingEvent",
    "BookingNews",
    "BookingStatus",
    "Booth",
    "CalendarFeed",
    "City",
    "DayException",
    "DayKind",
    "DayPart",
    "Escalation",
    "EscalationEvent",
    "EscalationStatus",
    "ExceptionKind",
    "FormKey",
    "Invitation",
    "InvitationStatus",
    "MoveOption",
    "MoveRequest",
    "MoveRequestEvent",
    "MoveRequestStatus",
    "Objection",
    "Occupancy",
    "OccupancyKind",
    "OpenSeat",
    "Pair",
    "Project",
    "ProjectQuota",
    "PublicDay",
    "PublicDayKind",
    "Qualification",
    "QualificationCause",
    "QualificationEvent",
    "QualificationStatus",
    "Release",
    "ReleaseCause",
    "ReleaseEvent",
    "ReleaseStatus",
    "Reminder",
    "ReminderEvent",
    "ReminderStatus",
    "Report",
    "ReportEvent",
    "ReportReason",
    "ReportStatus",
    "SeatEvent",
    "SeatStatus",
    "SexPairing",
    "Shift",
    "ShiftEvent",
    "ShiftStatus",
    "Slot",
    "SlotEvent",
    "SlotStatus",
    "SlotTemplate",
    "SpokenLanguage",
    "StaffTerms",
    "Studio",
    "StudioStaff",
    "SwapEvent",
    "SwapRequest",
    "SwapStatus",
    "TemplateException",
    "Ticket",
    "TicketCause",
    "TicketEvent",
    "TicketStatus",
    "WaitingEntry",
    "WaitingEvent",
    "WaitingStatus",
    "Weekday",
    "Wish",
    "WorkingTime",
    "WrongCode",
]
