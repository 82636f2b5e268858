"""
The order of a draw: a pure function of its seed, so that anyone can work it out again.

The seed is made before anybody enters, and its SHA-256 is published at once (`commit`). After the
draw the seed is published too: whoever has kept the first can check the second, then the order.
Rule: R-45; docs/decisions/0019.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One ticket in the draw."""

    number: int
    is_first_choice: bool = False


def make_seed() -> str:
    """Return a new seed: 64 hexadecimal figures (256 random bits)."""
    return secrets.token_hex(32)


def commit(seed: str) -> str:
    """Return what is published before the draw: the SHA-256 of the seed, in hexadecimal."""
    return hashlib.sha256(seed.encode()).hexdigest()


def lot_of(number: int, *, seed: str) -> str:
    """Return the lot of a ticket: the SHA-256 of `seed:number`, in hexadecimal. The smallest goes first."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def order_entries(entries: Iterable[Entry], *, seed: str) -> list[Entry]:
    """
    Return the entries in the order of their turn: first choice before the others, then by their lots.

    It does not depend on the order in which they are given. Raise ValueError when a number occurs twice.
    """
    found = list(entries)
    if len({entry.number for entry in found}) != len(found):
        raise ValueError("a ticket number occurs twice")
    return sorted(found, key=lambda entry: (not entry.is_first_choice, lot_of(entry.number, seed=seed)))
