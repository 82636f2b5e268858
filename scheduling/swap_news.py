"""Who is told of a swap. Rules: R-19, R-25."""

from datetime import datetime, timedelta

from accounts.models import User
from scheduling.models import Slot, SwapRequest, SwapStatus
from scheduling.rota_facts import name_of, place_of, read_workers, staff_of
from scheduling.rota_news import managers, tell
from scheduling.rota_values import rank_candidates

# A request to anybody is told to those who come first for it; the others find it on their page.
MOST_ASKED = 8
NEWS_KEPT = timedelta(days=1)


def tell_asked(swap: SwapRequest, *, slot: Slot, now: datetime) -> None:
    """Tell whoever is asked, by whom and for which shift."""
    people = [swap.asked] if swap.asked else _who_could(slot, but=swap.asker)
    tell(
        people,
        template="swap_asked",
        slot=slot,
        key=str(swap.pk),
        params={"swap": str(swap.pk), "name": name_of(swap.asker)},
        now=now,
        expires_at=swap.expires_at,
    )


def _who_could(slot: Slot, *, but: User) -> list[User]:
    """Return those whom nothing hinders, who have least for their wish first."""
    place = place_of(slot)
    people = {person.pk: person for person in staff_of([place.studio]).exclude(pk=but.pk)}
    ranked = rank_candidates(place, read_workers(people.values(), [place]))
    able = [people[one.worker.number] for one in ranked if not one.is_hard and not one.doubts]
    return able[:MOST_ASKED]


def tell_yes(swap: SwapRequest, *, slot: Slot, now: datetime) -> None:
    """Tell the asker who has taken the shift; where a manager must say yes, the managers; then both."""
    taker = swap.taker
    params = {"swap": str(swap.pk), "name": name_of(taker) if taker else ""}
    if swap.status == SwapStatus.AGREED:
        tell(
            managers(),
            template="swap_agreed",
            slot=slot,
            key=str(swap.pk),
            params=params | {"name": name_of(swap.asker)},
            now=now,
            expires_at=swap.expires_at,
        )
        return
    was_approved = swap.events.filter(new=SwapStatus.AGREED).exists()
    people = [swap.asker, taker] if was_approved and taker else [swap.asker]
    tell(
        people,
        template="swap_done",
        slot=slot,
        key=str(swap.pk),
        params=params,
        now=now,
        expires_at=slot.starts_at,
    )


def tell_no(swap: SwapRequest, *, slot: Slot, now: datetime) -> None:
    """Tell the asker that they still have the shift, and who had said yes that it stays so."""
    people = [swap.asker, swap.taker] if swap.taker else [swap.asker]
    tell(
        people,
        template="swap_declined",
        slot=slot,
        key=str(swap.pk),
        params={"swap": str(swap.pk)},
        now=now,
        expires_at=max(slot.starts_at, now + NEWS_KEPT),
    )
