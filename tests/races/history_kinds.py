"""The kinds of worlds of the random histories: who and what is there, and how often each operation is chosen."""

from typing import Any

from tests.races.history_model import Figures

# Booths with slots whose times overlap unequally: (booth, hours after the first). Who of the crowd are pairs.
# A step of a client lasts so long by its own clock.
BOOKING = {
    "slots": [(0, 0.0), (0, 5.0), (1, 1.5), (1, 5.5), (2, 0.0), (2, 3.5)],
    "pairs": [(0, 1), (2, 1), (0, 2), (2, 3), (3, 4), (4, 0)],
    "booked": [],
    "waiting": [],
    # A hold ends after three steps, an open question after fifteen.
    "step_min": 4,
    "figures": Figures(),
    "weights": {
        "hold": 9,
        "confirm": 6,
        "accept": 6,
        "cancel": 2,
        "move": 8,
        "expire": 2,
        "close_place": 1,
        "open_place": 4,
        "withdraw": 1,
        "assign": 3,
        "ask_swap": 4,
        "accept_swap": 5,
        "decline_swap": 1,
        "withdraw_swap": 1,
    },
}
# Two slots are booked already, and pairs wait for them (slot, pair), so that offers begin at once.
LINES = {
    "slots": [(0, 0.0), (1, 1.5), (0, 5.0), (1, 6.5)],
    "pairs": [(0, 1), (2, 3), (4, 5), (0, 2), (1, 4), (3, 5), (2, 5)],
    "booked": [(0, 0), (2, 1)],
    "waiting": [(0, 2), (0, 6), (2, 2), (2, 4)],
    # A hold ends after two steps, an offer after two, a seat after three, an open question after six.
    "step_min": 20,
    "figures": Figures(hold_min=30, answer_min=120, offer_min=40, max_entries=2, places=3),
    "weights": {
        "join_line": 9,
        "cancel": 8,
        "hold": 4,
        "confirm": 8,
        "accept": 3,
        "refuse": 6,
        "move": 4,
        "expire": 5,
        "leave_line": 2,
        "offer_slot": 2,
        "take_seat": 8,
        "join_seat": 12,
        "withdraw_seat": 2,
        "release_seat": 6,
        "close_place": 1,
        "open_place": 4,
        "withdraw": 1,
        "assign": 3,
    },
}
# As the first, but a swap waits for the manager's yes.
SWAPS = BOOKING | {
    "figures": Figures(asks_manager=True),
    "weights": {
        "hold": 6,
        "confirm": 4,
        "accept": 3,
        "cancel": 2,
        "expire": 1,
        "withdraw": 3,
        "assign": 4,
        "close_place": 1,
        "open_place": 3,
        "ask_swap": 8,
        "accept_swap": 10,
        "decline_swap": 1,
        "withdraw_swap": 2,
        "approve_swap": 8,
        "refuse_swap": 2,
    },
}
# Four slots open when half of the steps are over. Tickets from the start: pair, slots, whether both agreed.
DRAWS = {
    "slots": [(0, 0.0), (0, 5.0), (1, 1.5), (1, 6.5), (2, 0.0), (2, 5.0)],
    "pairs": [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (4, 1), (6, 3)],
    "booked": [],
    "waiting": [],
    "batch": [0, 1, 2, 3],
    "tickets": [(0, [0, 1], True), (1, [0, 2, 3], False), (2, [2, 0], True)],
    "step_min": 12,
    "figures": Figures(hold_min=20, grace_min=14),
    "weights": {
        "hold": 9,
        "draw": 9,
        "enter_ticket": 10,
        "sign_ticket": 4,
        "withdraw_ticket": 2,
        "end_pair": 3,
        "release_now": 2,
        "cancel_release": 1,
        "confirm": 4,
        "accept": 6,
        "cancel": 4,
        "move": 5,
        "expire": 2,
        "close_place": 1,
        "open_place": 4,
        "withdraw": 1,
        "assign": 2,
    },
}
KINDS: list[dict[str, Any]] = [BOOKING, LINES, SWAPS, DRAWS]
