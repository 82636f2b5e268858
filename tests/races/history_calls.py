"""The operations of the random histories as calls of the rules; a rule's answer is the key of what it made."""

from collections.abc import Callable
from typing import Any

from accounts.models import User
from scheduling import (
    bookings,
    draws,
    holds,
    offer_answers,
    pairs,
    places,
    releases,
    rota,
    seats,
    swaps,
    tickets,
    waiting,
)
from scheduling.models import (
    Booking,
    Booth,
    OpenSeat,
    Pair,
    Project,
    Release,
    Shift,
    Slot,
    Studio,
    SwapRequest,
    Ticket,
    WaitingEntry,
)
from tests.races.history_model import PROJECT


def _hold(_world: Any, now: Any, *, slot: int, pair: int, by: int) -> int:
    return bookings.hold_slot(slot, pair=_pair(pair), by=User.objects.get(pk=by), now=now).pk


def _pair(pk: int) -> Pair:
    return Pair.objects.select_related("project", "person_a", "person_b").get(pk=pk)


def _move(_world: Any, now: Any, *, booking: int, slot: int, by: int) -> int:
    found = Booking.objects.select_related("pair__project", "pair__person_a", "pair__person_b").get(
        pk=booking
    )
    return bookings.move_booking(found, to_slot_id=slot, by=User.objects.get(pk=by), now=now).pk


def _answer(rule: Callable[..., None]) -> Callable[..., None]:
    def call(_world: Any, now: Any, *, booking: int, by: int) -> None:
        rule(Booking.objects.get(pk=booking), by=User.objects.get(pk=by), now=now)

    return call


def _expire(_world: Any, now: Any, *, booking: int) -> bool:
    return holds.expire_booking(booking, now=now)


def _join_line(_world: Any, now: Any, *, slot: int, pair: int, by: int) -> int:
    return waiting.join_line(slot, pair=_pair(pair), by=User.objects.get(pk=by), now=now).pk


def _leave_line(_world: Any, now: Any, *, entry: int, by: int) -> None:
    waiting.leave_line(WaitingEntry.objects.get(pk=entry), by=User.objects.get(pk=by), now=now)


def _offer_slot(_world: Any, now: Any, *, slot: int) -> bool:
    return waiting.offer_slot(slot, now=now)


def _take_seat(_world: Any, now: Any, *, slot: int, person: int) -> int:
    return seats.take_seat(slot, person=User.objects.get(pk=person), now=now).pk


def _join_seat(_world: Any, now: Any, *, seat: int, by: int) -> int:
    found = OpenSeat.objects.select_related("person").get(pk=seat)
    return seats.join_seat(found, by=User.objects.get(pk=by), now=now).pk


def _withdraw_seat(_world: Any, now: Any, *, seat: int, by: int) -> None:
    seats.withdraw_seat(OpenSeat.objects.get(pk=seat), by=User.objects.get(pk=by), now=now)


def _release_seat(_world: Any, now: Any, *, seat: int) -> bool:
    return seats.release_one(seat, now=now)


def _withdraw(world: dict[str, Any], now: Any, *, shift: int) -> None:
    manager = User.objects.get(pk=world["manager"])
    rota.withdraw_shift(Shift.objects.get(pk=shift), by=manager, now=now, reason="ill")


def _assign(world: dict[str, Any], now: Any, *, slot: int, person: int) -> int:
    manager, worker = User.objects.get(pk=world["manager"]), User.objects.get(pk=person)
    found = Slot.objects.get(pk=slot)
    return rota.assign_staff(found, person=worker, by=manager, now=now, reason="whatever they have").pk


def _ask_swap(_world: Any, now: Any, *, shift: int, by: int, asked: int, wanted: int) -> int:
    colleague = User.objects.get(pk=asked) if asked else None
    return swaps.ask_swap(
        Shift.objects.get(pk=shift),
        asked=colleague,
        wanted=Shift.objects.get(pk=wanted) if wanted else None,
        by=User.objects.get(pk=by),
        now=now,
    ).pk


def _swap(rule: Callable[..., None], **words: str) -> Callable[..., None]:
    def call(_world: Any, now: Any, *, swap: int, by: int) -> None:
        found = SwapRequest.objects.select_related("shift", "wanted", "asker", "asked", "taker").get(pk=swap)
        rule(found, by=User.objects.get(pk=by), now=now, **words)

    return call


def _switch(rule: Callable[..., None]) -> Callable[..., None]:
    def call(world: dict[str, Any], now: Any, *, place: int) -> None:
        project = Project.objects.get(pk=world["project"])
        found: Any = project if place == PROJECT else Studio.objects.get(pk=world["studio"])
        rule(Booth.objects.get(pk=place) if place > 0 else found, now=now)

    return call


def _enter_ticket(world: dict[str, Any], now: Any, *, pair: int, by: int, wishes: list[int]) -> int:
    release, person = _of(world["release"]), User.objects.get(pk=by)
    return tickets.enter_ticket(release, pair=_pair(pair), slot_ids=wishes, by=person, now=now).pk


def _of(release: int) -> Release:
    return Release.objects.select_related("project").get(pk=release)


def _ticket(pk: int) -> Ticket:
    return Ticket.objects.select_related("release", "pair", "entered_by").get(pk=pk)


def _sign_ticket(_world: Any, now: Any, *, ticket: int, by: int, wishes: list[int]) -> None:
    tickets.sign_ticket(_ticket(ticket), seen=wishes, by=User.objects.get(pk=by), now=now)


def _withdraw_ticket(_world: Any, now: Any, *, ticket: int, by: int) -> None:
    tickets.withdraw_ticket(_ticket(ticket), by=User.objects.get(pk=by), now=now)


def _end_pair(_world: Any, now: Any, *, pair: int, by: int) -> None:
    pairs.end_pair(_pair(pair), by=User.objects.get(pk=by), now=now)


def _begin_draw(_world: Any, now: Any, *, release: int) -> bool:
    return releases.begin_draw(_of(release), now=now)


def _place_tickets(_world: Any, _now: Any, *, release: int) -> None:
    draws.place_tickets(release)


def _decide_next(_world: Any, now: Any, *, release: int) -> int:
    """Return 1 when it was somebody's turn: 0 may have opened the release, so it is no refusal."""
    return int(draws.decide_next(release, now=now))


def _by_manager(rule: Callable[..., None], **words: str) -> Callable[..., None]:
    def call(world: dict[str, Any], now: Any, *, release: int) -> None:
        rule(_of(release), by=User.objects.get(pk=world["manager"]), now=now, **words)

    return call


CALLS: dict[str, Callable[..., Any]] = {
    "hold": _hold,
    "confirm": _answer(bookings.confirm_hold),
    "accept": _answer(bookings.accept_booking),
    "cancel": _answer(bookings.cancel_booking),
    "move": _move,
    "expire": _expire,
    "close_place": _switch(places.close_place),
    "open_place": _switch(places.open_place),
    "withdraw": _withdraw,
    "assign": _assign,
    "join_line": _join_line,
    "leave_line": _leave_line,
    "refuse": _answer(offer_answers.refuse_offer),
    "offer_slot": _offer_slot,
    "take_seat": _take_seat,
    "join_seat": _join_seat,
    "withdraw_seat": _withdraw_seat,
    "release_seat": _release_seat,
    "ask_swap": _ask_swap,
    "accept_swap": _swap(swaps.accept_swap),
    "decline_swap": _swap(swaps.decline_swap),
    "withdraw_swap": _swap(swaps.withdraw_swap),
    "approve_swap": _swap(swaps.approve_swap),
    "refuse_swap": _swap(swaps.refuse_swap, reason="not these two"),
    "enter_ticket": _enter_ticket,
    "sign_ticket": _sign_ticket,
    "withdraw_ticket": _withdraw_ticket,
    "end_pair": _end_pair,
    "begin_draw": _begin_draw,
    "place_tickets": _place_tickets,
    "decide_next": _decide_next,
    "release_now": _by_manager(releases.release_now),
    "cancel_release": _by_manager(releases.cancel_release, reason="no staff"),
}
