"""The pages of the partner board, as participants see them."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling import blocks, board, invitations, qualifications
from scheduling.models import BoardEntry, Invitation, Pair, Report
from tests.factories import (
    make_board_entry,
    make_board_slots,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_qualified,
)

pytestmark = pytest.mark.django_db
KEY = "a-key-of-a-form-that-was-rendered"
BOARD, ENTRY = reverse("scheduling:board_list"), reverse("scheduling:entry_edit")
PAIRS = reverse("scheduling:pair_list")


@pytest.fixture
def project(lin, mei, clock):
    project = make_project()
    make_qualified(lin, project=project)
    make_qualified(mei, project=project)
    make_board_slots(project=project)
    return project


@pytest.fixture
def as_lin(client_for, lin):
    client = client_for(lin)
    client.cookies["django_language"] = "en"
    return client


def url(name, *args):
    return reverse(f"scheduling:{name}", args=args)


def shown(answer):
    return [card["entry"].person for card in answer.context["cards"]]


def publish(client, to=ENTRY, **told):
    data = {
        "form_key": KEY,
        "city": "chengdu",
        "about": "爱笑",
        "topics": "电影",
        "times": ["2026-03-05.3_evening", "2026-03-06.1_morning"],
    }
    return client.post(to, data | told)


def test_board_sends_a_visitor_to_sign_in():
    assert Client().get(BOARD)["Location"].startswith(reverse("accounts:sign_in"))


@pytest.mark.parametrize("address", [BOARD, ENTRY])
@pytest.mark.parametrize("role", ["mara", "oskar"])
def test_board_is_for_participants_only(request, client_for, role, address):
    assert client_for(request.getfixturevalue(role)).get(address).status_code == 403


def test_board_tells_the_unqualified_what_comes_first(client_for, stranger, project):
    make_board_entry(make_person(), project=project)
    answer = client_for(stranger).get(BOARD)

    assert "First your sample, then your partner" in answer.content.decode()
    assert "cards" not in answer.context
    assert client_for(stranger).get(ENTRY).status_code == 302


def test_board_shows_words_and_times_and_neither_name_nor_number(as_lin, mei, project):
    make_board_entry(mei, project=project, about="慢热，爱听", topics="老电影")

    text = as_lin.get(BOARD).content.decode()

    assert mei.pseudonym in text
    assert "慢热，爱听" in text
    assert "老电影" in text
    assert "Thu 5 Mar Evening" in text
    assert "梅朵" not in text
    assert mei.phone not in text
    assert mei.phone[-4:] not in text


def test_board_proposes_with_the_reason(as_lin, lin, mei, project):
    make_board_entry(lin, project=project, part="3_evening")
    make_board_entry(mei, project=project)

    answer = as_lin.get(BOARD)

    assert [card["why"] for card in answer.context["suggestions"]] == [
        "both free on 3 evenings, same city, new on the board today"
    ]


def test_board_filters_by_city_part_of_the_day_and_own_times(as_lin, lin, mei, stranger, project):
    shanghai = make_city(name="Shanghai", name_zh="上海")
    make_board_entry(mei, project=project, part="1_morning")
    make_board_entry(stranger, project=project, city=shanghai)
    make_board_entry(lin, project=project, part="1_morning")

    assert shown(as_lin.get(BOARD)) == [mei]
    assert shown(as_lin.get(BOARD, {"city": ""})) == [mei, stranger]
    assert shown(as_lin.get(BOARD, {"city": "shanghai"})) == [stranger]
    assert shown(as_lin.get(BOARD, {"part": "3_evening", "city": ""})) == [stranger]
    assert shown(as_lin.get(BOARD, {"part": "1_morning", "city": "chengdu"})) == [mei]
    assert shown(as_lin.get(BOARD, {"common": "on", "city": "chengdu"})) == [mei]
    assert shown(as_lin.get(BOARD, {"part": "midnight", "city": "nowhere", "after": "x"})) == [mei, stranger]


def test_board_has_twelve_on_a_page_at_the_same_number_of_queries(as_lin, lin, project):
    make_board_entry(lin, project=project)
    counts = []
    for more in (1, 2, 10):
        for _number in range(more):
            make_board_entry(make_person(), project=project)
        caches["process"].clear()  # the quotas are kept
        with CaptureQueriesContext(connection) as queries:
            answer = as_lin.get(BOARD)
        counts.append(len(queries))

    assert len(shown(answer)) == 12
    assert counts[0] == counts[1] == counts[2]
    first, after = shown(answer), answer.context["next_after"]
    caches["process"].clear()
    with CaptureQueriesContext(connection) as queries:
        second = as_lin.get(BOARD, {"after": after})
    assert len(queries) == counts[0] + 1
    assert (len(shown(second)), second.context["next_after"]) == (1, None)
    assert not set(shown(second)) & set(first)
    assert shown(as_lin.get(BOARD, {"after": "9" * 30})) == first
    assert [word in second.content.decode() for word in ("More people", "From the beginning")] == [
        False,
        True,
    ]


def test_board_begins_with_the_city_of_the_own_entry_else_where_one_lives(as_lin, lin, mei, project):
    shanghai = make_city(name="Shanghai", name_zh="上海")
    make_board_entry(mei, project=project, city=shanghai)
    assert shown(as_lin.get(BOARD)) == []
    assert "Nobody fits this choice" in as_lin.get(BOARD).content.decode()

    make_board_entry(lin, project=project, city=shanghai)
    assert shown(as_lin.get(BOARD)) == [mei]


def test_board_of_several_projects_is_chosen_and_stays_chosen(as_lin, lin, mei, stranger, project):
    other = make_project(slug="other", name="Other")
    entry = make_board_entry(mei, project=other)
    first = as_lin.get(BOARD).content.decode()
    make_qualified(lin, project=other)
    make_board_slots(project=other)

    answer = as_lin.get(BOARD, {"project": "other"})

    assert 'class="tab"' not in first
    assert (shown(answer), shown(as_lin.get(BOARD))) == ([mei], [])
    assert '<a class="tab" href="?project=other" aria-current="page">Other</a>' in answer.content.decode()
    assert publish(as_lin, to=f"{ENTRY}?project=other")["Location"] == f"{BOARD}?project=other"
    own = BoardEntry.objects.get(person=lin)
    assert own.project == other
    assert as_lin.post(url("entry_withdraw", own.pk))["Location"] == f"{BOARD}?project=other"
    make_pair(lin, stranger, project=other)
    assert as_lin.post(url("entry_invite", entry.pk))["Location"] == f"{BOARD}?project=other"
    sent = as_lin.post(url("entry_report", entry.pk), {"form_key": KEY + "2", "reason": "rude"})
    assert sent["Location"] == f"{BOARD}?project=other"


def test_who_has_enough_to_answer_is_not_to_be_invited(as_lin, mei, stranger, project, now):
    entry = make_board_entry(mei, project=project)
    make_qualified(stranger, project=project)
    assert url("entry_invite", entry.pk) in as_lin.get(BOARD).content.decode()
    project.max_open_invitations = 1
    project.save()

    invitations.invite_person(entry, by=stranger, now=now)

    text = as_lin.get(BOARD).content.decode()
    assert "Has enough invitations now" in text
    assert url("entry_invite", entry.pk) not in text
    told = as_lin.post(url("entry_invite", entry.pk), follow=True).content.decode()
    assert "This person has 1 invitations to answer already" in told


def test_entry_form_offers_the_coming_times_of_the_city(as_lin, project):
    answer = as_lin.get(ENTRY)

    assert [len(day.parts) for day in answer.context["form"].days()] == [3, 3, 3]
    assert 'value="2026-03-05.3_evening"' in answer.content.decode()


def test_entry_is_published_changed_and_taken_off(as_lin, lin, project):
    assert publish(as_lin)["Location"] == f"{BOARD}?project=duo"
    entry = BoardEntry.objects.get()
    assert "checked" in as_lin.get(ENTRY).content.decode()
    publish(as_lin, about="爱听", form_key=KEY + "2")
    assert list(BoardEntry.objects.order_by("pk").values_list("about", "status")) == [
        ("爱笑", "withdrawn"),
        ("爱听", "open"),
    ]

    as_lin.post(url("entry_withdraw", BoardEntry.objects.latest("pk").pk))

    assert not BoardEntry.objects.filter(status="open").exists()
    assert entry.person == lin


def test_entry_form_says_what_is_wrong_and_keeps_what_was_typed(as_lin, project):
    number = publish(as_lin, about="打 13800138000")
    nothing = publish(as_lin, times=[], form_key=KEY + "2")
    gone = publish(as_lin, times=["2026-03-09.3_evening"], form_key=KEY + "3")

    assert [answer.status_code for answer in (number, nothing, gone)] == [422, 422, 422]
    text = number.content.decode()
    assert "Leave telephone numbers out" in text
    assert 'value="2026-03-05.3_evening" checked' in text
    assert "Choose at least one time" in nothing.content.decode()
    assert "Some of these times are gone" in gone.content.decode()
    assert BoardEntry.objects.count() == 0


def test_entry_of_somebody_else_is_not_taken_off(as_lin, mei, project):
    entry = make_board_entry(mei, project=project)

    assert as_lin.post(url("entry_withdraw", entry.pk)).status_code == 404


def test_invitation_is_sent_seen_and_accepted_and_only_then_are_names_shown(
    as_lin, client_for, lin, mei, project
):
    entry = make_board_entry(mei, project=project)
    as_mei = client_for(mei)

    assert as_lin.post(url("entry_invite", entry.pk))["Location"] == PAIRS
    before = as_mei.get(PAIRS).content.decode() + as_lin.get(PAIRS).content.decode()
    as_mei.post(url("invitation_accept", Invitation.objects.get().pk))
    after = as_mei.get(PAIRS).content.decode()

    assert lin.pseudonym in before
    assert "林小雨" not in before
    assert "梅朵" not in as_lin.get(BOARD).content.decode()
    assert "林小雨" in after
    assert Pair.objects.count() == 1


def test_invitation_is_declined_and_the_inviter_sees_it(as_lin, client_for, lin, mei, project):
    as_lin.post(url("entry_invite", make_board_entry(mei, project=project).pk))

    client_for(mei).post(url("invitation_decline", Invitation.objects.get().pk))

    assert "Declined" in as_lin.get(PAIRS).content.decode()
    assert Invitation.objects.get().status == "declined"


def test_inviter_reads_why_an_invitation_rests_and_the_invited_does_not_see_it(
    as_lin, client_for, lin, mei, mara, project, now
):
    as_lin.post(url("entry_invite", make_board_entry(mei, project=project).pk))
    right = lin.qualifications.get()

    qualifications.suspend_qualification(right, by=mara, now=now, reason="no-shows")

    assert "Not shown now: your qualification is suspended" in as_lin.get(PAIRS).content.decode()
    assert lin.pseudonym not in client_for(mei).get(PAIRS).content.decode()
    qualifications.restore_qualification(right, by=mara, now=now, reason="was ill")
    assert "Not shown" not in as_lin.get(PAIRS).content.decode()
    assert lin.pseudonym in client_for(mei).get(PAIRS).content.decode()


def test_invitation_is_taken_back(as_lin, mei, project):
    as_lin.post(url("entry_invite", make_board_entry(mei, project=project).pk))

    as_lin.post(url("invitation_withdraw", Invitation.objects.get().pk))

    assert Invitation.objects.get().status == "withdrawn"


def test_two_who_invite_each_other_are_told_that_they_are_a_pair(as_lin, client_for, lin, mei, project):
    theirs, mine = make_board_entry(mei, project=project), make_board_entry(lin, project=project)
    as_lin.post(url("entry_invite", theirs.pk))

    answer = client_for(mei).post(url("entry_invite", mine.pk), follow=True)

    assert "you are a pair" in answer.content.decode()


def test_refusal_is_told_in_words(as_lin, lin, mei, stranger, project):
    entry = make_board_entry(mei, project=project)
    make_pair(lin, stranger, project=project)

    answer = as_lin.post(url("entry_invite", entry.pk), follow=True)

    assert "You have a partner already" in answer.content.decode()
    assert Invitation.objects.filter(invited=mei).count() == 0


@pytest.mark.parametrize("name", ["entry_invite", "entry_report"])
def test_entry_is_unknown_to_the_unqualified_and_the_blocked(
    client_for, lin, mei, stranger, project, now, name
):
    entry = make_board_entry(mei, project=project)
    blocks.block_person(mei, blocked=lin, now=now)

    for person in (lin, stranger):
        assert client_for(person).post(url(name, entry.pk), {"form_key": KEY}).status_code == 404


@pytest.mark.parametrize("way", ["hidden", "withdrawn", "expired", "paired"])
def test_words_that_are_off_the_board_are_shown_to_nobody(
    as_lin, lin, mei, mara, stranger, project, clock, now, way
):
    entry = make_board_entry(mei, project=project, about="爱笑")
    assert "爱笑" in as_lin.get(url("entry_report", entry.pk)).content.decode()
    if way == "hidden":
        board.hide_entry_of(mei, project=project, by=mara, now=now, reason="rude words")
    elif way == "withdrawn":
        board.withdraw_entry(entry, by=mei, now=now)
    elif way == "expired":
        clock.at = entry.expires_at
    else:
        make_pair(mei, stranger, project=project)

    assert as_lin.get(url("entry_report", entry.pk)).status_code == 404
    wrong = as_lin.post(url("entry_report", entry.pk), {"form_key": KEY})
    assert (wrong.status_code, "爱笑" in wrong.content.decode()) == (422, False)
    sent = as_lin.post(url("entry_report", entry.pk), {"form_key": KEY + "2", "reason": "rude"})
    assert sent.status_code == 302
    assert list(Report.objects.values_list("entry", flat=True)) == [entry.pk]


@pytest.mark.parametrize("name", ["invitation_accept", "invitation_decline", "inviter_report"])
def test_question_to_somebody_else_is_unknown(as_lin, client_for, mei, stranger, project, now, name):
    make_qualified(stranger, project=project)
    invitation = invitations.invite_person(make_board_entry(mei, project=project), by=stranger, now=now)

    for client in (as_lin, client_for(stranger)):
        assert client.post(url(name, invitation.pk), {"form_key": KEY}).status_code == 404


@pytest.mark.parametrize(
    "name", ["entry_withdraw", "entry_invite", "invitation_accept", "invitation_decline"]
)
def test_what_changes_something_is_no_link(as_lin, name):
    assert as_lin.get(url(name, 1)).status_code == 405


def test_report_of_an_entry_hides_its_person_from_the_reporter(as_lin, lin, mei, project):
    entry = make_board_entry(mei, project=project)
    address = url("entry_report", entry.pk)
    assert as_lin.get(address).status_code == 200

    empty = as_lin.post(address, {"form_key": KEY})
    sent = as_lin.post(address, {"form_key": KEY + "2", "reason": "rude", "text": "骂人", "block": "on"})

    assert (empty.status_code, sent["Location"]) == (422, f"{BOARD}?project=duo")
    assert list(Report.objects.values_list("reporter", "person", "entry", "reason")) == [
        (lin.pk, mei.pk, entry.pk, "rude")
    ]
    assert shown(as_lin.get(BOARD)) == []


def test_inviter_and_partner_can_be_reported_too(as_lin, lin, mei, stranger, project, now):
    make_qualified(mei, project=project)
    asked = invitations.invite_person(make_board_entry(lin, project=project), by=mei, now=now)
    pair = make_pair(lin, stranger, project=project)
    told = {"form_key": KEY, "reason": "other", "text": "不来"}

    assert as_lin.post(url("inviter_report", asked.pk), told).status_code == 302
    assert as_lin.post(url("partner_report", pair.pk), told | {"form_key": KEY + "2"}).status_code == 302
    assert list(Report.objects.order_by("pk").values_list("person", "entry")) == [
        (mei.pk, None),
        (stranger.pk, None),
    ]
