"""Which thing of scheduling a person may see: somebody else's answers as if it did not exist."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.access import Role, has_role
from accounts.models import User
from scheduling.locks import read_slot
from scheduling.models import (
    Blackout,
    Block,
    BoardEntry,
    Booking,
    DayException,
    Invitation,
    MoveRequest,
    OpenSeat,
    Pair,
    ProjectQuota,
    Qualification,
    QualificationStatus,
    Release,
    Report,
    Shift,
    ShiftStatus,
    Slot,
    SlotTemplate,
    Studio,
    StudioStaff,
    SwapRequest,
    TemplateException,
    Ticket,
    WaitingEntry,
)
from scheduling.visibility import entries_for


def get_pair_for(person: User, pair_id: int) -> Pair:
    """Return a pair that the person belongs to. Raise Http404 for every other one."""
    mine = Pair.objects.filter(Q(person_a=person) | Q(person_b=person))
    return get_object_or_404(
        mine.select_related("project", "person_a__profile", "person_b__profile"), pk=pair_id
    )


def get_invitation_for(person: User, invitation_id: int) -> Invitation:
    """Return an invitation that the person made. Raise Http404 for every other one."""
    return get_object_or_404(Invitation.objects.select_related("project"), pk=invitation_id, inviter=person)


def get_invitation_to(person: User, invitation_id: int) -> Invitation:
    """Return an invitation from the board to the person. Raise Http404 for every other one."""
    invitations = Invitation.objects.select_related("inviter", "invited", "project")
    return get_object_or_404(invitations, pk=invitation_id, invited=person)


def get_board_entry_for(person: User, entry_id: int, *, now: datetime) -> BoardEntry:
    """
    Return an entry that the person sees on the board now, with its words. Raise Http404 for every other one.

    Rules: R-15, R-16, R-17.
    """
    entry = get_addressed_entry_for(person, entry_id)
    return get_object_or_404(entries_for(person, project=entry.project, now=now), pk=entry.pk)


def get_addressed_entry_for(person: User, entry_id: int) -> BoardEntry:
    """
    Return an entry that the person may have seen a moment ago, whether it still stands or not: not to be shown.

    Raise Http404 where they may not book in the project, or one of the two has blocked the other. Rules: R-15, R-17.
    """
    block = Block.objects.between(person, OuterRef("person"))
    seen = BoardEntry.objects.filter(
        ~Exists(block),
        project__qualifications__person=person,
        project__qualifications__status=QualificationStatus.ACTIVE,
    )
    return get_object_or_404(seen.select_related("project", "person"), pk=entry_id)


def get_own_entry(person: User, entry_id: int) -> BoardEntry:
    """Return an entry that the person published. Raise Http404 for every other one."""
    return get_object_or_404(BoardEntry.objects.select_related("project"), pk=entry_id, person=person)


def get_booking_for(person: User, booking_id: int) -> Booking:
    """Return a booking of one of the person's pairs. Raise Http404 for every other one."""
    bookings = Booking.objects.of(person).select_related(
        "project",
        "slot__booth__studio__city",
        "pair__person_a__profile",
        "pair__person_b__profile",
        "moved_from__slot",
    )
    return get_object_or_404(bookings, pk=booking_id)


def get_move_request_for(person: User, request_id: int) -> MoveRequest:
    """Return a request to move a booking of one of the person's pairs. Raise Http404 for every other one."""
    mine = MoveRequest.objects.filter(booking__in=Booking.objects.of(person))
    return get_object_or_404(
        mine.select_related("booking__pair__person_a", "booking__pair__person_b"), pk=request_id
    )


def get_move_request_for_manager(person: User, request_id: int) -> MoveRequest:
    """Return any request to move, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(MoveRequest.objects.select_related("booking"), pk=request_id)


def get_offered_slot(slot_id: int) -> Slot:
    """Return a slot of an open project, which every participant may look at. Raise Http404 for every other one."""
    try:
        slot = read_slot(slot_id)
    except Slot.DoesNotExist:
        raise Http404 from None
    if not slot.project.is_open:
        raise Http404
    return slot


def get_seat_of(person: User, seat_id: int) -> OpenSeat:
    """Return the person's own seat. Raise Http404 for every other one."""
    return get_object_or_404(OpenSeat, pk=seat_id, person=person)


def get_seat_for_manager(person: User, seat_id: int, *, slot_id: int) -> OpenSeat:
    """Return a seat of the slot, to a manager. Raise Http404 to others, and for another slot's seat."""
    _managers_only(person)
    seats = OpenSeat.objects.select_related("person", "slot__project", "slot__booth__studio__city")
    return get_object_or_404(seats, pk=seat_id, slot=slot_id)


def get_open_seat_for(person: User, seat_id: int) -> OpenSeat:
    """
    Return a seat of a project in which the person may book, whether it is open still or not.

    Raise Http404 for every other one, and where one of the two has blocked the other. Rules: R-15, R-17.
    """
    seen = OpenSeat.objects.filter(
        ~Exists(Block.objects.between(person, OuterRef("person"))),
        project__qualifications__person=person,
        project__qualifications__status=QualificationStatus.ACTIVE,
    )
    return get_object_or_404(seen.select_related("person", "project"), pk=seat_id)


def get_waiting_for(person: User, entry_id: int) -> WaitingEntry:
    """Return a waiting entry of one of the person's pairs. Raise Http404 for every other one."""
    return get_object_or_404(WaitingEntry.objects.of(person).select_related("pair"), pk=entry_id)


def get_waiting_for_manager(person: User, entry_id: int, *, slot: Slot) -> WaitingEntry:
    """Return a waiting entry of the slot, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(WaitingEntry.objects.select_related("pair"), pk=entry_id, slot=slot)


def get_announced_release(release_id: int) -> Release:
    """Return a release of an open project, which everybody may look at. Raise Http404 for every other one."""
    releases = Release.objects.select_related("project")
    return get_object_or_404(releases, pk=release_id, project__is_open=True)


def get_ticket_for(person: User, ticket_id: int) -> Ticket:
    """Return a ticket of one of the person's pairs. Raise Http404 for every other one."""
    mine = Ticket.objects.filter(Q(pair__person_a=person) | Q(pair__person_b=person))
    return get_object_or_404(mine.select_related("release__project", "pair", "entered_by"), pk=ticket_id)


def get_release_for_manager(person: User, release_id: int) -> Release:
    """Return any release, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(Release.objects.select_related("project"), pk=release_id)


def get_booking_for_manager(person: User, booking_id: int) -> Booking:
    """Return any booking, to a manager. Raise Http404 to others (their pages answer 403 before)."""
    _managers_only(person)
    bookings = Booking.objects.select_related(
        "project",
        "slot__booth__studio__city",
        "pair__person_a__profile",
        "pair__person_b__profile",
        "booked_by",
    )
    return get_object_or_404(bookings, pk=booking_id)


def get_slot_for_manager(person: User, slot_id: int) -> Slot:
    """Return any slot, to a manager. Raise Http404 to others (their pages answer 403 before)."""
    _managers_only(person)
    return get_object_or_404(
        Slot.objects.select_related("project", "release", "booth__studio__city"), pk=slot_id
    )


def get_shift_for_manager(person: User, shift_id: int, *, slot: Slot) -> Shift:
    """Return a shift of the slot, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(Shift.objects.select_related("person"), pk=shift_id, slot=slot)


def get_colleague(person: User, colleague_id: int | None) -> User:
    """
    Return the member of some studio's staff whose working times the person may change: oneself, or to a manager any.

    Raise Http404 for everybody else.
    """
    if colleague_id is None:
        return person
    _managers_only(person)
    staff = User.objects.filter(is_active=True, studios__isnull=False).select_related("profile").distinct()
    return get_object_or_404(staff, pk=colleague_id)


def get_exception_of(person: User, exception_id: int) -> DayException:
    """Return an exceptional day of the person's. Raise Http404 for every other one."""
    return get_object_or_404(DayException.objects.select_related("person"), pk=exception_id, person=person)


def get_own_shift(person: User, shift_id: int) -> Shift:
    """Return a shift of the person's own. Raise Http404 for every other one."""
    shifts = Shift.objects.select_related("slot__project", "slot__booth__studio__city", "person")
    return get_object_or_404(shifts, pk=shift_id, person=person)


def get_coming_shift(shift_id: int) -> Shift:
    """Return a shift that a colleague may be asked for. Raise Http404 for one that does not stand."""
    shifts = Shift.objects.filter(status=ShiftStatus.ASSIGNED).select_related("person", "slot")
    return get_object_or_404(shifts, pk=shift_id)


SWAP_WITH_ALL = (
    "asker__profile",
    "asked__profile",
    "taker__profile",
    "shift__slot__project",
    "shift__slot__booth__studio__city",
    "wanted__slot__booth__studio__city",
)


def get_swap_for(person: User, swap_id: int) -> SwapRequest:
    """
    Return a request that the person made, is asked by, or that asks anybody in a studio of theirs.

    Raise Http404 for every other one.
    """
    is_mine = Q(asker=person) | Q(asked=person) | Q(taker=person)
    works_there = StudioStaff.objects.filter(person=person, studio=OuterRef("shift__slot__booth__studio"))
    swaps = SwapRequest.objects.filter(is_mine | Q(asked=None) & Exists(works_there))
    return get_object_or_404(swaps.select_related(*SWAP_WITH_ALL), pk=swap_id)


def get_swap_for_manager(person: User, swap_id: int) -> SwapRequest:
    """Return any request, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(SwapRequest.objects.select_related(*SWAP_WITH_ALL), pk=swap_id)


def get_template_for_manager(person: User, template_id: int) -> SlotTemplate:
    """Return any weekly template, to a manager. Raise Http404 to others."""
    _managers_only(person)
    templates = SlotTemplate.objects.select_related("project", "booth__studio__city")
    return get_object_or_404(templates, pk=template_id)


def get_exception_for_manager(
    person: User, exception_id: int, *, template: SlotTemplate
) -> TemplateException:
    """Return an exception of the weekly template, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(TemplateException, pk=exception_id, template=template)


def get_blackout_for_manager(person: User, blackout_id: int) -> Blackout:
    """Return any blackout, to a manager. Raise Http404 to others."""
    _managers_only(person)
    blackouts = Blackout.objects.select_related(
        "city", "studio__city", "booth__studio__city", "made_by__profile", "lifted_by__profile"
    )
    return get_object_or_404(blackouts, pk=blackout_id)


def get_studio_for_manager(person: User, studio_id: int) -> Studio:
    """Return any studio, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(Studio.objects.select_related("city"), pk=studio_id)


def get_qualification_for_manager(person: User, qualification_id: int) -> Qualification:
    """Return any qualification, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(
        Qualification.objects.select_related("project", "person__profile"), pk=qualification_id
    )


def get_qualification_of(person: User, qualification_id: int) -> Qualification:
    """Return a qualification of the person's own. Raise Http404 for every other one."""
    return get_object_or_404(
        Qualification.objects.select_related("project"), pk=qualification_id, person=person
    )


def get_report_for_manager(person: User, report_id: int) -> Report:
    """Return any report, to a manager. Raise Http404 to others."""
    _managers_only(person)
    reports = Report.objects.select_related("project", "reporter__profile", "person__profile", "entry__city")
    return get_object_or_404(reports, pk=report_id)


def get_quota_for_manager(person: User, quota_id: int) -> ProjectQuota:
    """Return any quota, to a manager. Raise Http404 to others."""
    _managers_only(person)
    return get_object_or_404(ProjectQuota.objects.select_related("project"), pk=quota_id)


def _managers_only(person: User) -> None:
    if not has_role(person, Role.MANAGER):
        raise Http404
