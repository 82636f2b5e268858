"""Invitations from the board: asked, answered, taken back, and what becomes of the others."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts import delivery
from accounts.models import Message, MessageEvent
from scheduling import blocks, board, invitations, pair_codes, pairs, qualifications, visibility
from scheduling.models import Invitation, Pair
from scheduling.pairs import PairRefused
from tests.factories import (
    NOW,
    make_board_entry,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    record_once,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db):
    return make_project()


@pytest.fixture
def entry(lin, mei, project):
    """lin is on the board; mei may look at it."""
    make_qualified(mei, project=project)
    return make_board_entry(lin, project=project)


def ask(entry, person, *, now=NOW):
    return invitations.invite_person(entry, by=person, now=now)


def refused(rule, *args, **kwargs):
    with pytest.raises(PairRefused) as refusal:
        rule(*args, **kwargs)
    return refusal.value.code


def statuses():
    return list(Invitation.objects.order_by("pk").values_list("status", flat=True))


def why_not_told():
    events = MessageEvent.objects.filter(new="dropped").order_by("pk")
    return list(events.values_list("reason", flat=True))


def told():
    return list(Message.objects.order_by("pk").values_list("person", "template"))


def test_invitation_goes_to_one_person_for_48_hours_and_tells_them(lin, mei, entry, now):
    invitation = ask(entry, mei)

    assert (invitation.inviter, invitation.invited, invitation.status) == (mei, lin, "open")
    assert invitation.expires_at == now + timedelta(hours=48)
    assert told() == [(lin.pk, "partner_invited")]
    assert list(invitations.received_by(lin, now=now)) == [invitation]
    assert list(invitations.sent_by(mei, now=now)) == [invitation]


def test_invitation_twice_is_one(mei, entry):
    assert ask(entry, mei) == ask(entry, mei)
    assert len(told()) == 1


def test_yes_makes_the_pair_takes_both_off_the_board_and_tells_the_inviter(lin, mei, entry, project, now):
    make_board_entry(mei, project=project)
    invitation = ask(entry, mei)

    pair = invitations.accept(invitation, by=lin, now=now)

    assert {pair.person_a, pair.person_b} == {lin, mei}
    assert statuses() == ["accepted"]
    assert not visibility.entries_on_board(project, now=now).exists()
    assert told() == [(lin.pk, "partner_invited"), (mei.pk, "partner_accepted")]


def test_two_who_ask_each_other_are_a_pair(lin, mei, entry, project, now):
    other = make_board_entry(mei, project=project)
    ask(entry, mei)

    invitation = ask(other, lin)

    assert (invitation.inviter, invitation.status) == (mei, "accepted")
    assert Pair.objects.count() == 1


def test_yes_to_one_lets_the_other_questions_lapse(lin, mei, entry, project, now):
    tao, rui = make_person(), make_person()
    make_qualified(tao, project=project)
    theirs = make_board_entry(rui, project=project)
    first, second, third = ask(entry, mei), ask(entry, tao), ask(theirs, lin)

    invitations.accept(first, by=lin, now=now)

    assert statuses() == ["accepted", "lapsed", "lapsed"]
    assert refused(invitations.accept, second, by=lin, now=now) == "lapsed"
    assert refused(invitations.accept, third, by=rui, now=now) == "lapsed"


def test_yes_is_refused_when_the_inviter_has_found_somebody(lin, mei, entry, project, now):
    invitation = ask(entry, mei)
    other = make_person()
    make_qualified(other, project=project)
    a, b = sorted((mei, other), key=lambda person: person.pk)
    Pair.objects.create(project=project, person_a=a, person_b=b, made_at=now)

    assert refused(invitations.accept, invitation, by=lin, now=now) == "inviter_paired"


def test_no_is_seen_by_the_inviter_and_cannot_be_turned_into_a_yes(lin, mei, entry, now):
    invitation = ask(entry, mei)

    invitations.decline(invitation, by=lin, now=now)

    assert [one.status for one in invitations.sent_by(mei, now=now)] == ["declined"]
    assert list(invitations.received_by(lin, now=now)) == []
    assert refused(invitations.accept, invitation, by=lin, now=now) == "declined"
    assert refused(invitations.decline, invitation, by=lin, now=now) == "moved"


def test_taken_back_or_too_old_it_is_worth_nothing(lin, mei, entry, now):
    invitation = ask(entry, mei)
    assert refused(invitations.accept, invitation, by=lin, now=invitation.expires_at) == "expired"

    pairs.withdraw_invitation(invitation, by=mei, now=now)

    assert refused(invitations.accept, invitation, by=lin, now=now) == "withdrawn"
    assert Pair.objects.count() == 0


def test_only_the_invited_answers(mei, stranger, entry, now):
    invitation = ask(entry, mei)

    for rule in (invitations.accept, invitations.decline):
        for person in (mei, stranger):
            with pytest.raises(ValueError, match="only the invited"):
                rule(invitation, by=person, now=now)


def test_code_of_a_question_from_the_board_opens_nothing(lin, entry, mei, now):
    invitation = ask(entry, mei)

    assert refused(pair_codes.find_invitation, invitation.code, by=lin, now=now) == "unknown"


def test_code_and_question_stand_beside_each_other(lin, mei, entry, project, now):
    ask(entry, mei)

    code = pair_codes.invite_partner(mei, project=project, now=now)

    assert code.invited is None
    assert statuses() == ["open", "open"]


def test_day_has_five_invitations_and_the_sixth_waits(mei, project, now):
    make_qualified(mei, project=project)
    entries = [make_board_entry(make_person(), project=project) for _number in range(6)]
    for entry in entries[:5]:
        pairs.withdraw_invitation(ask(entry, mei), by=mei, now=now)

    assert refused(ask, entries[5], mei) == "too_many"
    assert ask(entries[5], mei, now=now + timedelta(days=1)).status == "open"


def test_invitation_is_refused_to_who_may_not_pair(lin, mei, stranger, mara, entry, project, now):
    assert refused(ask, entry, lin) == "own"
    assert refused(ask, entry, stranger) == "not_of_project"
    qualifications.suspend_qualification(mei.qualifications.get(), by=mara, now=now, reason="no-shows")
    assert refused(ask, entry, mei) == "not_qualified"


def allow_one_session(project):
    project.max_sessions_per_person = 1
    project.save()


def test_who_has_all_sessions_neither_asks_nor_answers_nor_is_asked(lin, mei, tao, project, now):
    for person in (mei, tao):
        make_qualified(person, project=project)
    record_once(lin, project=project)
    entry, theirs = make_board_entry(lin, project=project), make_board_entry(tao, project=project)
    question, code = ask(entry, mei), pair_codes.invite_partner(tao, project=project, now=now).code
    allow_one_session(project)

    assert refused(invitations.accept, question, by=lin, now=now) == "enough"
    assert refused(pair_codes.join_pair, code, by=lin, now=now) == "enough"
    assert refused(pair_codes.invite_partner, lin, project=project, now=now) == "enough"
    assert refused(ask, theirs, lin) == "enough"
    assert refused(ask, entry, tao) == "gone"
    assert list(invitations.received_by(lin, now=now)) == []
    assert list(visibility.entries_on_board(project, now=now)) == [theirs]


def test_yes_to_somebody_who_has_all_sessions_is_refused_and_they_read_why(lin, mei, entry, project, now):
    record_once(mei, project=project)
    question, code = ask(entry, mei), pair_codes.invite_partner(mei, project=project, now=now).code
    allow_one_session(project)
    question.project.refresh_from_db()

    assert refused(invitations.accept, question, by=lin, now=now) == "inviter_enough"
    assert refused(pair_codes.join_pair, code, by=lin, now=now) == "inviter_enough"
    assert list(invitations.received_by(lin, now=now)) == []
    (sent,) = invitations.sent_by(mei, now=now)
    assert invitations.why_it_rests(sent).startswith("Not shown any more")


def test_invitations_of_the_suspended_rest_until_they_are_restored(lin, mei, mara, entry, now):
    question, right = ask(entry, mei), mei.qualifications.get()
    qualifications.suspend_qualification(right, by=mara, now=now, reason="no-shows")

    assert list(invitations.received_by(lin, now=now)) == []
    assert refused(invitations.accept, question, by=lin, now=now) == "inviter_not_qualified"
    (sent,) = invitations.sent_by(mei, now=now)
    assert "suspended" in invitations.why_it_rests(sent)
    delivery.deliver_due(now=now)
    assert why_not_told() == ["one of the two cannot record in the project at the moment"]

    qualifications.restore_qualification(right, by=mara, now=now, reason="was ill")

    assert list(invitations.received_by(lin, now=now)) == [question]
    assert [invitations.why_it_rests(one) for one in invitations.sent_by(mei, now=now)] == [""]


def test_why_an_invitation_rests_never_tells_of_a_block(lin, mei, entry, project, now):
    ask(entry, mei)
    blocks.block_person(lin, blocked=mei, now=now)

    assert [invitations.why_it_rests(one) for one in invitations.sent_by(mei, now=now)] == [""]

    project.is_open = False
    project.save()
    assert "closed" in invitations.why_it_rests(invitations.sent_by(mei, now=now)[0])


def test_one_person_has_ten_invitations_to_answer_and_the_eleventh_waits(lin, entry, project, now):
    people = [make_person() for _number in range(11)]
    for person in people:
        make_qualified(person, project=project)
    first, *_rest = [ask(entry, person) for person in people[:10]]

    assert refused(ask, entry, people[10]) == "many_asked"
    assert invitations.count_received([lin.pk], project=project, now=now) == {lin.pk: 10}
    invitations.decline(first, by=lin, now=now)
    assert ask(entry, people[10]).status == "open"


def test_one_sms_while_an_earlier_invitation_waits_for_its_answer(lin, mei, entry, project, now, outbox):
    others = [make_person() for _number in range(3)]
    for person in others:
        make_qualified(person, project=project)
    first = ask(entry, mei)
    delivery.deliver_due(now=now)
    second = ask(entry, others[0])
    delivery.deliver_due(now=now)
    assert len(outbox()) == 1
    assert why_not_told() == ["they were told of another invitation that they have not answered yet"]

    for invitation in (first, second):
        invitations.decline(invitation, by=lin, now=now)
    ask(entry, others[1])
    delivery.deliver_due(now=now)
    assert len(outbox()) == 2


def test_sms_of_the_next_goes_when_the_first_was_taken_back_before_it_was_sent(
    lin, mei, stranger, entry, project, now, outbox
):
    make_qualified(stranger, project=project)
    first = ask(entry, mei)
    ask(entry, stranger)
    pairs.withdraw_invitation(first, by=mei, now=now)

    delivery.deliver_due(now=now)

    assert [message.to for message in outbox()] == [lin.phone]
    assert why_not_told() == ["the invitation is not open any more"]


def test_invitation_is_refused_to_who_has_a_partner(mei, stranger, entry, project):
    make_pair(mei, stranger, project=project)

    assert refused(ask, entry, mei) == "paired"


@pytest.mark.parametrize("way", ["withdrawn", "blocked", "suspended", "closed"])
def test_invitation_is_refused_when_the_entry_is_gone(lin, mei, mara, entry, project, now, way):
    if way == "withdrawn":
        board.withdraw_entry(entry, by=lin, now=now)
    elif way == "blocked":
        blocks.block_person(lin, blocked=mei, now=now)
    elif way == "suspended":
        qualifications.suspend_qualification(lin.qualifications.get(), by=mara, now=now, reason="no-shows")
    else:
        entry.project.is_open = False

    assert refused(ask, entry, mei) == ("closed" if way == "closed" else "gone")


def test_blocked_inviter_is_not_heard_of_any_more(lin, mei, entry, now):
    invitation = ask(entry, mei)

    blocks.block_person(lin, blocked=mei, now=now)

    assert list(invitations.received_by(lin, now=now)) == []
    assert refused(invitations.accept, invitation, by=lin, now=now) == "blocked"


def test_message_of_an_invitation_that_is_over_is_not_sent(lin, mei, entry, now):
    pairs.withdraw_invitation(ask(entry, mei), by=mei, now=now)

    delivery.deliver_due(now=now)

    message = Message.objects.get()
    assert (message.status, message.events.latest("pk").reason) == (
        "dropped",
        "the invitation is not open any more",
    )


def test_message_gives_the_day_and_no_name(lin, mei, entry, now, outbox):
    ask(entry, mei)

    delivery.deliver_due(now=now)

    (message,) = outbox()
    assert message.to == lin.phone
    assert "3月4日 10:00" in message.text
    assert mei.pseudonym not in message.text


def test_database_refuses_a_yes_of_somebody_else(lin, mei, stranger, entry, now):
    invitation = ask(entry, mei)
    pair = invitations.accept(invitation, by=lin, now=now)

    with pytest.raises(IntegrityError):
        Invitation.objects.filter(pair=pair).update(accepted_by=stranger)
