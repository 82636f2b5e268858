"""The pages of swaps and of missing staff: who sees what, and what a hand-made request gets."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Role
from scheduling import rota, swaps
from scheduling.models import Escalation, ShiftStatus, SwapRequest
from tests.factories import NOW, make_booth, make_project, make_shift, make_slot, make_staff
from tests.scheduling.desk import queries_of
from tests.scheduling.test_rota import employ_at

pytestmark = pytest.mark.django_db


def address_of(name, *args):
    return reverse(f"scheduling:{name}", args=args)


@pytest.fixture
def slot(clock, mara):
    return make_slot(project=make_project(), booth=make_booth(), staff=1)


@pytest.fixture
def shift(slot, oskar, mara):
    """oskar's shift."""
    return make_shift(slot, person=oskar, by=mara)


@pytest.fixture
def colleague(slot):
    person = make_staff(Role.OPERATOR, name="彭立")
    employ_at(person, slot.booth.studio)
    return person


@pytest.fixture
def operator(client_for, oskar, shift):
    return client_for(oskar)


@pytest.fixture
def manager(client_for, mara, clock):
    return client_for(mara)


def test_shift_is_handed_on_from_ones_own_page(operator, client_for, shift, colleague, slot):
    page = operator.get(address_of("shift_detail", shift.pk)).content.decode()
    assert "Hand this shift on" in page
    data = {"whom": colleague.pk, "hours": "24", "note": "考试"}
    answer = operator.post(address_of("swap_new", shift.pk), data, follow=True)
    assert "Asked. The shift stays yours until somebody takes it." in answer.content.decode()
    swap = SwapRequest.objects.get()

    theirs = client_for(colleague)
    page = theirs.get(address_of("swap_list"), headers={"accept-language": "zh-hans"}).content.decode()
    assert "接班" in page
    assert "考试" in page
    assert "Colleagues who ask you" in theirs.get("/").content.decode()
    answer = theirs.post(address_of("swap_answer", swap.pk), {"verb": "accept"}, follow=True)

    assert "The shift is yours now." in answer.content.decode()
    assert slot.shifts.filter(person=colleague, status=ShiftStatus.ASSIGNED).exists()
    assert (
        "This shift is not yours any more"
        in operator.get(address_of("shift_detail", shift.pk)).content.decode()
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"whom": "", "hours": "5"}, 422),
        ({"whom": "999999", "hours": "24"}, 422),
        ({"wanted": "999999", "hours": "24"}, 422),
        ({}, 422),
    ],
)
def test_forged_request_is_refused_on_its_page(operator, shift, data, status):
    assert operator.post(address_of("swap_new", shift.pk), data).status_code == status
    assert not SwapRequest.objects.exists()


def test_second_request_is_refused_with_words(operator, shift, colleague):
    data = {"whom": "", "hours": "24"}
    operator.post(address_of("swap_new", shift.pk), data)

    english = operator.post(address_of("swap_new", shift.pk), data)
    chinese = operator.post(address_of("swap_new", shift.pk), data, headers={"accept-language": "zh-hans"})

    assert (english.status_code, chinese.status_code) == (409, 409)


def test_other_peoples_shifts_and_requests_are_404(client_for, operator, shift, colleague, mara):
    stranger = make_staff(Role.OPERATOR)
    swap = swaps.ask_swap(shift, asked=colleague, by=shift.person, now=NOW)
    theirs = client_for(stranger)

    assert theirs.get(address_of("shift_detail", shift.pk)).status_code == 404
    assert theirs.post(address_of("shift_absent", shift.pk), {"reason": "x"}).status_code == 404
    assert theirs.post(address_of("swap_new", shift.pk), {"hours": "24"}).status_code == 404
    assert theirs.post(address_of("swap_answer", swap.pk), {"verb": "accept"}).status_code == 404
    assert operator.post(address_of("swap_answer", swap.pk), {"verb": "steal"}).status_code == 404
    assert operator.post(address_of("swap_settle", swap.pk), {"verb": "approve"}).status_code == 403
    assert client_for(mara).get(address_of("swap_list")).status_code == 403
    assert Client().get(address_of("swap_list")).status_code == 302
    answer = operator.post(address_of("swap_answer", swap.pk), {"verb": "accept"}, follow=True)
    assert "Somebody else is asked." in answer.content.decode()


def test_manager_settles_what_waits_for_one(client_for, manager, shift, colleague, slot):
    slot.booth.studio.swaps_need_approval = True
    slot.booth.studio.save()
    swap = swaps.ask_swap(shift, asked=colleague, by=shift.person, now=NOW)
    answer = client_for(colleague).post(address_of("swap_answer", swap.pk), {"verb": "accept"}, follow=True)
    assert "A manager has to say yes first." in answer.content.decode()

    answer = manager.post(address_of("swap_settle", swap.pk), {"verb": "refuse"}, follow=True)
    assert "Write why: both read it." in answer.content.decode()
    answer = manager.post(address_of("swap_settle", swap.pk), {"verb": "approve"}, follow=True)

    assert "Settled. Both are told." in answer.content.decode()
    assert slot.shifts.filter(person=colleague, status=ShiftStatus.ASSIGNED).exists()


def test_absence_shows_on_the_managers_pages_with_a_replacement(operator, manager, shift, colleague, slot):
    answer = operator.post(address_of("shift_absent", shift.pk), {"reason": "发烧"}, follow=True)
    assert "You are off this shift, and the managers know." in answer.content.decode()
    assert "Slots that lost their staff" in manager.get("/").content.decode()
    assert "1 slot lost somebody of its staff." in manager.get(address_of("rota")).content.decode()

    answer = manager.get(address_of("escalation_list"))
    [(escalation, people)] = answer.context["rows"]
    assert escalation.slot == slot
    assert colleague in [row.person for row in people]
    assert "发烧" in answer.content.decode()
    answer = manager.post(
        address_of("shift_new", slot.pk), {"person": colleague.pk, "back": "missing"}, follow=True
    )

    assert "Nobody is missing" in answer.content.decode()
    assert Escalation.objects.get().status == "resolved"


def test_absence_without_reason_stays_on_the_page(operator, shift):
    answer = operator.post(address_of("shift_absent", shift.pk), {"reason": " "}, follow=True)

    assert "Write why you cannot come" in answer.content.decode()
    shift.refresh_from_db()
    assert shift.status == ShiftStatus.ASSIGNED


@pytest.mark.parametrize("page", ["escalation_list", "swap_desk"])
def test_managers_lists_cost_the_same_for_one_and_three_rows(manager, mara, slot, shift, page):
    others = [make_slot(project=slot.project, booth=make_booth(), staff=2) for _number in range(3)]

    def stir(one):
        first, second = one.shifts.order_by("pk")
        swaps.ask_swap(second, asked=None, by=second.person, now=NOW)
        rota.report_absence(first, by=first.person, now=NOW, reason="ill")

    stir(others[0])
    one = queries_of(manager, address_of(page))
    for other in others[1:]:
        stir(other)

    assert queries_of(manager, address_of(page)) == one


def test_managers_see_how_many_more_lost_somebody(manager, slot, shift, monkeypatch):
    monkeypatch.setattr("scheduling.views.escalations.SHOWN", 1)
    for lost in (slot, make_slot(project=slot.project, booth=make_booth(), staff=2)):
        first = lost.shifts.first()
        rota.report_absence(first, by=first.person, now=NOW, reason="ill")

    answer = manager.get(address_of("escalation_list"))

    assert len(answer.context["rows"]) == 1
    assert "The first 1 of 2." in answer.content.decode()
