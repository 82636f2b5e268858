"""The pages of a participant's partners."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling import pair_codes
from scheduling.models import Block, Invitation, Pair
from tests.factories import make_pair, make_person, make_project, make_qualified

pytestmark = pytest.mark.django_db

KEY = "a-key-of-a-form-that-was-rendered"


@pytest.fixture
def project(lin, mei, clock):
    project = make_project()
    make_qualified(lin, project=project)
    make_qualified(mei, project=project)
    return project


@pytest.fixture
def invitation(lin, project, now):
    return pair_codes.invite_partner(lin, project=project, now=now)


LIST, JOIN = reverse("scheduling:pair_list"), reverse("scheduling:pair_join")


def test_list_sends_a_visitor_to_sign_in():
    answer = Client().get(LIST)

    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('accounts:sign_in')}?next={LIST}"


@pytest.mark.parametrize("role", ["mara", "oskar"])
def test_list_is_for_participants_only(request, client_for, role):
    assert client_for(request.getfixturevalue(role)).get(LIST).status_code == 403


def test_list_tells_the_unqualified_what_comes_first(client_for, stranger):
    text = client_for(stranger).get(LIST).content.decode()

    assert "First your sample, then your partner" in text
    assert "Make a code" not in text


def test_list_shows_code_qr_and_time_left(client_for, lin, invitation):
    text = client_for(lin).get(LIST).content.decode()

    assert f"{invitation.code[:4]}-{invitation.code[4:]}" in text
    assert 'src="data:image/svg+xml' in text
    assert f"http://testserver{JOIN}?code={invitation.code}" in text
    assert invitation.expires_at.strftime("%Y-%m-%dT%H:%M") in text


def test_list_shows_no_code_that_is_over(client_for, lin, invitation, clock):
    clock.move_to(invitation.expires_at)

    assert invitation.code[:4] not in client_for(lin).get(LIST).content.decode()


def test_list_shows_both_voices_name_and_phone_of_a_partner(client_for, lin, mei, project):
    make_pair(lin, mei, project=project)

    text = client_for(lin).get(LIST).content.decode()

    assert "梅朵" in text
    assert f"tel:{mei.phone}" in text
    assert "0 of 3 recorded" in text


def test_list_leaks_nothing_of_strangers(client_for, lin, mei, stranger, project):
    make_pair(lin, mei, project=project)
    make_qualified(stranger, project=project)

    text = client_for(stranger).get(LIST).content.decode()

    assert [word for word in ("林小雨", "梅朵", lin.phone, mei.phone, lin.pseudonym) if word in text] == []


def test_list_costs_the_same_for_one_and_three_pairs(client_for, lin, project):
    counts = []
    for more in (1, 2):
        for number in range(more):
            make_pair(lin, make_person(f"伙伴{number}"), project=project)
        with CaptureQueriesContext(connection) as queries:
            client_for(lin).get(LIST)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_invitation_new_makes_one_code_however_often_pressed(client_for, lin, project):
    browser = client_for(lin)

    for _press in range(2):
        answer = browser.post(reverse("scheduling:invitation_new"), {"project": project.slug})
        assert answer["Location"] == LIST

    assert Invitation.objects.filter(inviter=lin).count() == 1


def test_invitation_new_for_no_known_project_is_404(client_for, lin, project):
    assert client_for(lin).post(reverse("scheduling:invitation_new"), {"project": "x"}).status_code == 404


def test_invitation_new_says_why_it_is_refused(client_for, stranger, project):
    answer = client_for(stranger).post(
        reverse("scheduling:invitation_new"), {"project": project.slug}, follow=True
    )

    assert "Send a sample first" in answer.content.decode()
    assert Invitation.objects.count() == 0


def test_invitation_withdraw_is_for_its_maker(client_for, lin, mei, invitation):
    address = reverse("scheduling:invitation_withdraw", args=[invitation.pk])

    assert client_for(mei).post(address).status_code == 404
    assert client_for(lin).post(address)["Location"] == LIST
    invitation.refresh_from_db()
    assert invitation.status == "withdrawn"


def test_join_shows_pseudonym_and_city_and_hides_the_rest(client_for, lin, mei, invitation):
    answer = client_for(mei).get(JOIN, {"code": invitation.code})

    text = answer.content.decode()
    assert answer.status_code == 200
    assert lin.pseudonym in text
    assert "成都" in text
    assert "林小雨" not in text
    assert lin.phone not in text
    assert Pair.objects.count() == 0


def test_join_makes_the_pair_once_for_a_form_sent_twice(client_for, lin, mei, invitation):
    browser = client_for(mei)

    for _press in range(2):
        answer = browser.post(JOIN, {"code": invitation.code, "form_key": KEY})
        assert answer["Location"] == LIST

    assert Pair.objects.get().person_b == mei


def test_join_leads_a_visitor_back_to_the_code_after_sign_in(invitation):
    answer = Client().get(JOIN, {"code": invitation.code})

    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?next={JOIN}%3Fcode%3D{invitation.code}")


def test_join_says_why_a_code_is_refused(client_for, lin, mei, invitation, clock):
    assert "no such code" in _refusal(client_for(mei), "ABCD2345")
    assert "your own code" in _refusal(client_for(lin), invitation.code)
    clock.move_to(invitation.expires_at)
    assert "too old" in _refusal(client_for(mei), invitation.code)


def _refusal(browser, code):
    shown = browser.get(JOIN, {"code": code})
    assert shown.status_code == 422
    sent = browser.post(JOIN, {"code": code, "form_key": KEY})
    assert sent.status_code == 422
    return sent.content.decode()


def test_join_asks_for_a_code_without_one(client_for, mei, project):
    answer = client_for(mei).get(JOIN)

    assert answer.status_code == 200
    assert "Your partner&#x27;s code" in answer.content.decode()


def test_join_takes_a_code_as_long_as_a_book_calmly(client_for, mei, project):
    assert client_for(mei).get(JOIN, {"code": "A" * 5000}).status_code == 422


@pytest.mark.parametrize("name", ["pair_end", "pair_block"])
def test_pair_of_others_does_not_exist(client_for, lin, mei, stranger, project, name):
    pair = make_pair(lin, mei, project=project)

    assert client_for(stranger).post(reverse(f"scheduling:{name}", args=[pair.pk])).status_code == 404
    pair.refresh_from_db()
    assert pair.ended_at is None


def test_pair_end_parts_the_two(client_for, lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)

    client_for(mei).post(reverse("scheduling:pair_end", args=[pair.pk]))

    pair.refresh_from_db()
    assert (pair.ended_at, pair.ended_by) == (now, mei)


def test_pair_block_and_lift(client_for, lin, mei, stranger, project):
    pair = make_pair(lin, mei, project=project)
    browser = client_for(mei)

    browser.post(reverse("scheduling:pair_block", args=[pair.pk]))
    block = Block.objects.get()
    assert (block.person, block.blocked) == (mei, lin)
    assert lin.pseudonym in browser.get(LIST).content.decode()

    lift = reverse("scheduling:block_lift", args=[block.pk])
    assert client_for(stranger).post(lift).status_code == 404
    assert browser.post(lift)["Location"] == LIST
    assert Block.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("invitation_new", []),
        ("invitation_withdraw", [1]),
        ("pair_end", [1]),
        ("pair_block", [1]),
        ("block_lift", [1]),
    ],
)
def test_changes_are_made_by_post_only(client_for, lin, name, args):
    assert client_for(lin).get(reverse(f"scheduling:{name}", args=args)).status_code == 405


def test_list_refuses_a_post(client_for, lin):
    assert client_for(lin).post(LIST).status_code == 405


def test_codes_are_shown_for_the_whole_of_their_time(client_for, lin, invitation, clock):
    clock.move_to(invitation.expires_at - timedelta(seconds=1))

    assert invitation.code[:4] in client_for(lin).get(LIST).content.decode()


def test_join_answers_429_after_ten_wrong_codes(client_for, mei, project):
    browser = client_for(mei)
    for _attempt in range(10):
        assert browser.get(JOIN, {"code": "ABCD2345"}).status_code == 422

    assert browser.get(JOIN, {"code": "ABCD2345"}).status_code == 429
