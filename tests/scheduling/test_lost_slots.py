"""The shortcut of a rush cannot lie: each form for a lost slot sees what is true when it comes."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db.models.signals import post_save
from django.urls import reverse

from accounts.models import User
from scheduling import bookings, offers
from scheduling.models import Booking, FormKey, Pair, Project, Slot
from scheduling.offers import OfferState
from tests.factories import NOW, make_booking, make_pair, make_project, make_slot

pytestmark = pytest.mark.django_db
KEY = "a-key-of-a-form-that-was-shown"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project)


def detail(slot: Slot) -> str:
    return reverse("scheduling:slot_detail", args=[slot.pk])


def press(client, slot: Slot, *, pair: Pair):
    return client.post(detail(slot), {"pair": pair.pk, "form_key": KEY})


def main_of(response) -> str:
    """Return what the page says, without what is each one's own: token, key and time."""
    body = re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)[0]
    return re.sub(r'name="(csrfmiddlewaretoken|form_key)" value="[^"]+"|\s+', " ", body)


def test_slot_that_comes_free_is_held_by_the_next_form_with_the_same_key(client_for, pair, lin, slot):
    browser, others = client_for(lin), make_booking(slot=slot)
    assert press(browser, slot, pair=pair).status_code == 409
    assert not FormKey.objects.exists()

    bookings.cancel_booking(others, by=others.booked_by, now=NOW)

    assert press(browser, slot, pair=pair).status_code == 302
    assert Booking.objects.live().get().pair == pair


def test_hold_that_runs_out_is_free_for_the_next_form(client_for, pair, lin, slot, clock):
    make_booking(slot=slot, status="held")
    assert press(client_for(lin), slot, pair=pair).status_code == 409

    Booking.objects.update(expires_at=NOW)

    assert press(client_for(lin), slot, pair=pair).status_code == 302


def test_form_that_loses_on_its_way_reads_the_same_page_and_frees_its_key(client_for, pair, lin, slot):
    def be_quicker(created: bool, **_fields: object) -> None:
        if created:
            make_booking(slot=slot)

    post_save.connect(be_quicker, sender=FormKey)
    try:
        on_its_way = press(client_for(lin), slot, pair=pair)
    finally:
        post_save.disconnect(be_quicker, sender=FormKey)

    assert on_its_way.status_code == 409
    assert not FormKey.objects.exists()
    assert main_of(on_its_way) == main_of(press(client_for(lin), slot, pair=pair))


def test_page_follows_the_state_of_the_booking_and_who_has_it(client_for, pair, lin, slot):
    browser = client_for(lin)
    seen = []
    for status in ("held", "confirmed"):
        booking = make_booking(slot=slot, status=status)
        seen.append(main_of(press(browser, slot, pair=pair)))
        bookings.cancel_booking(booking, by=booking.booked_by, now=NOW)

    assert "data-countdown" in seen[0]
    assert "data-countdown" not in seen[1]


def test_alternative_that_is_taken_is_shown_for_a_second_at_most(client_for, pair, lin, slot, project):
    make_booking(slot=slot)
    near = make_slot(project=project, starts_at=slot.starts_at + DAY)
    far = make_slot(project=project, starts_at=slot.starts_at + 2 * DAY)
    browser = client_for(lin)
    assert detail(near) in main_of(press(browser, slot, pair=pair))

    make_booking(slot=near)
    from_cache = f"free:{project.pk}:{slot.booth.studio.city_id}:en"
    forget(from_cache)

    page = main_of(press(browser, slot, pair=pair))
    assert detail(near) not in page
    assert detail(far) in page


def forget(name: str) -> None:
    """Let the second pass."""
    assert caches["process"].delete(name)


@pytest.mark.parametrize("status", ["held", "awaiting", "confirmed", "checked_in", "completed"])
def test_page_says_what_the_slots_own_page_says(client_for, pair, lin, slot, project, status):
    make_booking(slot=slot, status=status)
    make_slot(project=project, starts_at=slot.starts_at + DAY)
    browser = client_for(lin)

    refused, shown = main_of(press(browser, slot, pair=pair)), main_of(browser.get(detail(slot)))

    assert "Somebody has taken this slot" in refused
    assert parts_of(refused) == parts_of(shown)


def parts_of(page: str) -> list[str]:
    """Return the card of the slot and the free slots near it."""
    found = re.findall(
        r'<article.*?</article>|<section class="section" aria-labelledby="alt.*?</section>', page
    )
    assert len(found) == 2
    return found


@pytest.mark.parametrize("is_overdue", [False, True])
@pytest.mark.parametrize(
    "status",
    ["held", "awaiting", "confirmed", "checked_in", "completed", "cancelled", "expired", "failed"],
)
def test_look_before_everything_agrees_with_the_slots_own_page(lin, slot, status, is_overdue):
    is_ended = status in ("cancelled", "expired", "failed")
    booking = make_booking(slot=slot, status="held" if is_ended else status)
    expires_at = NOW if is_overdue else NOW + timedelta(minutes=1)
    Booking.objects.update(status=status, expires_at=expires_at, rate_fen=1)

    claim = offers.claim_on(slot.pk, now=NOW)

    state = offers.describe_slot(slot, person=lin, now=NOW).state
    assert (claim is not None) == (state in (OfferState.HELD, OfferState.FULL))
    if claim:
        both = (booking.pair.person_a_id, booking.pair.person_b_id)
        assert (claim.booking_id, claim.status, claim.people) == (booking.pk, status, both)


def test_slot_of_a_project_that_closes_is_not_found_at_once(client_for, pair, lin, slot):
    make_booking(slot=slot)
    browser = client_for(lin)
    assert press(browser, slot, pair=pair).status_code == 409

    Project.objects.update(is_open=False)

    assert press(browser, slot, pair=pair).status_code == 404


def test_lost_slot_is_nothing_to_who_may_not_come_in_any_more(client_for, pair, lin, mei, slot):
    make_booking(slot=slot)
    browser, other = client_for(lin), client_for(mei)
    for phone in (browser, other):
        assert press(phone, slot, pair=pair).status_code == 409

    lin.groups.clear()
    User.objects.filter(pk=mei.pk).update(is_active=False)

    assert press(browser, slot, pair=pair).status_code == 403
    assert press(other, slot, pair=pair).status_code == 302
    assert "sign" in press(other, slot, pair=pair)["Location"]


def test_signed_out_phone_gets_no_page_of_a_lost_slot(client_for, pair, lin, slot):
    make_booking(slot=slot)
    browser = client_for(lin)
    assert press(browser, slot, pair=pair).status_code == 409

    browser.post(reverse("accounts:sign_out"))

    answer = press(browser, slot, pair=pair)
    assert answer.status_code == 302
    assert lin.pseudonym not in answer.content.decode()
