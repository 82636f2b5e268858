from datetime import timedelta

import pytest

from accounts.models import PSEUDONYM_ALPHABET, Channel, Message
from scheduling import blocks, bookings, pair_codes, pairs, qualifications
from scheduling.models import Block, Booking, Invitation, InvitationStatus, Pair, WrongCode
from scheduling.pair_news import find_objection
from scheduling.pairs import PairRefused
from tests.factories import NOW, make_pair, make_person, make_project, make_qualified, make_slot
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(lin, mei):
    """A project in which lin and mei are qualified."""
    project = make_project()
    make_qualified(lin, project=project)
    make_qualified(mei, project=project)
    return project


def invite(person, project, *, now=NOW):
    return pair_codes.invite_partner(person, project=project, now=now)


def refused(code, *, by, now=NOW):
    """Return the code of the refusal, the same before confirming and at joining."""
    with pytest.raises(PairRefused) as looking:
        pair_codes.find_invitation(code, by=by, now=now)
    with pytest.raises(PairRefused) as joining:
        pair_codes.join_pair(code, by=by, now=now)
    assert looking.value.code == joining.value.code
    return joining.value.code


def test_invite_makes_a_code_without_look_alikes_for_48_hours(lin, project, now):
    invitation = invite(lin, project)

    assert len(invitation.code) == 8
    assert set(invitation.code) <= set(PSEUDONYM_ALPHABET)
    assert not set("01OIL") & set(PSEUDONYM_ALPHABET)
    assert invitation.expires_at == now + timedelta(hours=48)


def test_invite_twice_gives_the_same_code(lin, project):
    assert invite(lin, project) == invite(lin, project)


def test_invite_makes_a_new_code_when_the_old_one_is_over(lin, project, now):
    first = invite(lin, project)

    second = invite(lin, project, now=first.expires_at)

    assert second.code != first.code
    assert list(Invitation.objects.order_by("pk").values_list("status", flat=True)) == ["expired", "open"]


def test_invite_is_refused_to_the_unqualified(lin, stranger, mara, project, now):
    with pytest.raises(PairRefused) as not_there:
        invite(stranger, project)
    qualifications.suspend_qualification(lin.qualifications.get(), by=mara, now=now, reason="no-shows")
    with pytest.raises(PairRefused) as suspended:
        invite(lin, project)

    assert not_there.value.code == "not_of_project"
    assert suspended.value.code == "not_qualified"


def test_invite_is_refused_in_a_closed_project(lin, project):
    project.is_open = False
    project.save()

    with pytest.raises(PairRefused) as refusal:
        invite(lin, project)

    assert refusal.value.code == "closed"


def test_join_makes_one_pair_with_the_lower_id_as_voice_a(lin, mei, project, now):
    code = invite(mei, project).code

    pair = pair_codes.join_pair(code, by=lin, now=now)

    assert (pair.person_a, pair.person_b, pair.made_at, pair.ended_at) == (lin, mei, now, None)
    invitation = Invitation.objects.get()
    assert (invitation.status, invitation.pair, invitation.accepted_by, invitation.answered_at) == (
        InvitationStatus.ACCEPTED,
        pair,
        lin,
        now,
    )


@pytest.mark.parametrize("write", [str, str.lower, lambda code: f" {code[:4]}-{code[4:]} "])
def test_join_reads_codes_as_people_write_them(lin, mei, project, now, write):
    code = invite(lin, project).code

    assert pair_codes.join_pair(write(code), by=mei, now=now).person_b == mei


def test_join_refuses_a_code_with_more_after_it(lin, mei, project):
    assert refused(invite(lin, project).code + "X", by=mei) == "unknown"


def test_find_shows_the_inviter_and_changes_nothing(lin, mei, project, now):
    invitation = invite(lin, project)

    assert pair_codes.find_invitation(invitation.code, by=mei, now=now).inviter == lin
    assert Pair.objects.count() == 0
    assert WrongCode.objects.count() == 0


def test_join_refuses_an_unknown_code(mei, project):
    assert refused("ABCD2345", by=mei) == "unknown"


def test_join_stops_guessing_after_ten_wrong_codes_for_an_hour(lin, mei, project, now):
    code = invite(lin, project).code
    for _number in range(5):
        refused("ABCD2345", by=mei)

    assert WrongCode.objects.filter(person=mei).count() == 10
    assert refused(code, by=mei) == "too_many"
    assert WrongCode.objects.filter(person=mei).count() == 10
    assert pair_codes.join_pair(code, by=mei, now=now + timedelta(hours=1)).person_b == mei


def test_wrong_codes_of_one_person_do_not_stop_another(lin, mei, stranger, project, now):
    for _number in range(5):
        refused("ABCD2345", by=stranger)

    assert pair_codes.join_pair(invite(lin, project).code, by=mei, now=now).person_b == mei


def test_join_refuses_a_used_code(lin, mei, project, now):
    code = invite(lin, project).code
    pair_codes.join_pair(code, by=mei, now=now)
    third = make_person("第三人")
    make_qualified(third, project=project)

    assert refused(code, by=third) == "used"


def test_join_works_until_48_hours_and_not_after(lin, mei, project):
    invitation = invite(lin, project)

    assert refused(invitation.code, by=mei, now=invitation.expires_at) == "expired"
    pair_codes.join_pair(invitation.code, by=mei, now=invitation.expires_at - timedelta(seconds=1))


def test_join_refuses_a_withdrawn_code(lin, mei, project, now):
    invitation = invite(lin, project)
    pairs.withdraw_invitation(invitation, by=lin, now=now)

    assert refused(invitation.code, by=mei) == "withdrawn"


def test_join_refuses_ones_own_code(lin, project):
    assert refused(invite(lin, project).code, by=lin) == "own"


@pytest.mark.parametrize("is_inviter_blocking", [True, False])
def test_join_refuses_the_blocked_either_way(lin, mei, project, now, is_inviter_blocking):
    code = invite(lin, project).code
    one, other = (lin, mei) if is_inviter_blocking else (mei, lin)
    blocks.block_person(one, blocked=other, now=now)

    assert refused(code, by=mei) == "blocked"


def test_join_refuses_a_pair_that_is_one_already(lin, mei, project):
    make_pair(lin, mei, project=project)

    assert refused(invite(mei, project).code, by=lin) == "already"


def test_join_refuses_somebody_without_a_sample_in_the_project(lin, stranger, project):
    assert refused(invite(lin, project).code, by=stranger) == "not_of_project"


def test_join_refuses_the_suspended_on_both_sides(lin, mei, mara, project, now):
    code = invite(lin, project).code
    qualifications.suspend_qualification(mei.qualifications.get(), by=mara, now=now, reason="no-shows")
    assert refused(code, by=mei) == "not_qualified"

    qualifications.restore_qualification(mei.qualifications.get(), by=mara, now=now, reason="was ill")
    qualifications.suspend_qualification(lin.qualifications.get(), by=mara, now=now, reason="no-shows")
    assert refused(code, by=mei) == "inviter_not_qualified"


def test_join_refuses_a_closed_project(lin, mei, project):
    code = invite(lin, project).code
    project.is_open = False
    project.save()

    assert refused(code, by=mei) == "closed"


def test_join_leaves_nothing_behind_when_it_is_refused_late(lin, mei, project, now):
    invitation = invite(lin, project)
    seen = pair_codes.find_invitation(invitation.code, by=mei, now=now)
    pairs.withdraw_invitation(invitation, by=lin, now=now)

    with pytest.raises(PairRefused) as refusal:
        pairs.accept_invitation(seen, by=mei, now=now)

    assert refusal.value.code == "withdrawn"
    assert Pair.objects.count() == 0


def test_withdraw_twice_is_refused(lin, project, now):
    invitation = invite(lin, project)
    pairs.withdraw_invitation(invitation, by=lin, now=now)

    with pytest.raises(PairRefused) as refusal:
        pairs.withdraw_invitation(invitation, by=lin, now=now)

    assert refusal.value.code == "moved"


def test_expire_closes_what_is_over_and_only_that(lin, mei, project, now):
    old, young = invite(lin, project), invite(mei, project, now=now + timedelta(seconds=1))

    assert pairs.expire_invitations(now=old.expires_at) == 1
    assert pairs.expire_invitations(now=old.expires_at) == 0
    statuses = dict(Invitation.objects.values_list("pk", "status"))
    assert statuses == {old.pk: "expired", young.pk: "open"}


def test_end_parts_the_two_and_they_can_join_again(lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)

    pairs.end_pair(pair, by=mei, now=now)

    pair.refresh_from_db()
    assert (pair.ended_at, pair.ended_by) == (now, mei)
    again = pair_codes.join_pair(invite(mei, project).code, by=lin, now=now)
    assert (again, again.ended_at, again.ended_by) == (pair, None, None)


def test_end_tells_who_did_not_end_it_and_not_once_they_are_a_pair_again(lin, mei, project, now):
    pair = pair_codes.join_pair(invite(lin, project).code, by=mei, now=now)
    pairs.end_pair(pair, by=mei, now=now)

    message = Message.objects.get(template="pair_ended")
    assert (message.person, message.channel) == (lin, Channel.SMS)
    assert find_objection(message, now=now) == ""
    pair_codes.join_pair(invite(lin, project).code, by=mei, now=now)
    assert find_objection(message, now=now) == "the two are a pair again"


def test_end_by_the_staff_tells_both(lin, mei, mara, project, now):
    pair = pair_codes.join_pair(invite(lin, project).code, by=mei, now=now)
    pairs.end_pair(pair, by=mara, now=now)

    assert set(Message.objects.values_list("person", flat=True)) == {lin.pk, mei.pk}


def test_end_twice_is_refused(lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)
    pairs.end_pair(pair, by=mei, now=now)

    with pytest.raises(PairRefused) as refusal:
        pairs.end_pair(pair, by=lin, now=now)

    assert refusal.value.code == "ended"


def test_end_is_refused_while_a_session_is_to_come(lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)
    booking = make_live_booking(make_slot(project=project), pair)

    with pytest.raises(PairRefused) as refusal:
        pairs.end_pair(pair, by=lin, now=now)
    assert refusal.value.code == "booked"

    pairs.end_pair(pair, by=lin, now=booking.expires_at)


def test_block_parts_a_pair_and_is_undone(lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)

    blocks.block_person(mei, blocked=lin, now=now)
    blocks.block_person(mei, blocked=lin, now=now)

    pair.refresh_from_db()
    assert pair.ended_at == now
    assert Block.objects.between(lin, mei).exists() is True
    assert Block.objects.count() == 1
    blocks.unblock_person(mei, blocked=lin)
    assert Block.objects.between(lin, mei).exists() is False


def test_block_is_refused_whole_while_a_session_is_to_come(lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)
    make_live_booking(make_slot(project=project), pair)

    with pytest.raises(PairRefused) as refusal:
        blocks.block_person(mei, blocked=lin, now=now)

    assert refusal.value.code == "booked"
    assert Block.objects.count() == 0


def test_end_just_before_a_hold_leaves_no_booking(lin, mei, project, now):
    pair = make_pair(lin, mei, project=project)
    seen_by_the_hold = Pair.objects.get(pk=pair.pk)
    pairs.end_pair(pair, by=mei, now=now)

    with pytest.raises(bookings.BookingRefused) as refusal:
        bookings.hold_slot(make_slot(project=project).pk, pair=seen_by_the_hold, by=lin, now=now)

    assert refusal.value.code == "pair_ended"
    assert Booking.objects.count() == 0
