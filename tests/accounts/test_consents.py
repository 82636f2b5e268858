import hashlib
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from accounts import consents
from accounts.consents import ConsentRefused
from accounts.models import ConsentAct, ConsentNotice, ConsentRecord, Scope
from tests.accounts.belt import write_past_the_belt
from tests.factories import make_newcomer

pytestmark = pytest.mark.django_db


@pytest.fixture
def notices(now):
    consents.publish_notices(now=now - timedelta(days=90))
    return consents.current_notices("zh-hans")


def say(person, notice, act, *, now, shown_sha256=None):
    return consents.record_consent(
        person, notice=notice, act=act, shown_sha256=shown_sha256 or notice.text_sha256, now=now
    )


def test_every_scope_has_a_text_in_each_language(notices):
    assert set(notices) == set(Scope.values)
    assert ConsentNotice.objects.count() == len(Scope) * 2
    assert {notice.language for notice in consents.current_notices("en").values()} == {"en"}


def test_command_publishes_and_says_what(capsys):
    call_command("publish_notices")
    assert capsys.readouterr().out.splitlines()[0] == "published record zh-hans v1"
    call_command("publish_notices")
    assert capsys.readouterr().out == ""


def test_texts_are_published_once(notices, now):
    assert consents.publish_notices(now=now) == []


def test_changed_text_becomes_the_next_version(notices, now):
    notice = consents.publish_notice(Scope.RECORD, language="zh-hans", text="新的文字", now=now)
    assert (notice.version, notice.text_sha256) == (2, hashlib.sha256("新的文字".encode()).hexdigest())
    assert consents.current_notices("zh-hans")[Scope.RECORD] == notice


def test_text_is_shown_in_chinese_where_a_language_has_none(notices):
    assert consents.current_notices("fr") == notices


def test_grant_names_the_exact_text_and_is_in_force(notices, now):
    person = make_newcomer()
    record = say(person, notices[Scope.RECORD], ConsentAct.GRANT, now=now)
    assert (record.scope, record.act, record.at, record.method) == ("record", "grant", now, "web")
    assert record.text_sha256 == hashlib.sha256(notices[Scope.RECORD].text.encode()).hexdigest()
    assert consents.scopes_in_force(person) == {Scope.RECORD}


def test_refusal_and_withdrawal_are_rows_and_nothing_is_in_force(notices, now):
    person = make_newcomer()
    say(person, notices[Scope.PUBLISH], ConsentAct.REFUSE, now=now)
    say(person, notices[Scope.RECORD], ConsentAct.GRANT, now=now)
    say(person, notices[Scope.RECORD], ConsentAct.WITHDRAW, now=now)
    assert consents.scopes_in_force(person) == frozenset()
    acts = person.consents.order_by("id").values_list("scope", "act")
    assert list(acts) == [("publish", "refuse"), ("record", "grant"), ("record", "withdraw")]


def test_withdrawn_consent_can_be_given_again(notices, now):
    person = make_newcomer()
    for act in (ConsentAct.GRANT, ConsentAct.WITHDRAW, ConsentAct.GRANT):
        say(person, notices[Scope.RECORD], act, now=now)
    assert consents.scopes_in_force(person) == {Scope.RECORD}


def test_grant_to_a_text_that_was_renewed_meanwhile_is_refused(notices, now):
    person = make_newcomer()
    consents.publish_notice(Scope.RECORD, language="zh-hans", text="新的文字", now=now)
    with pytest.raises(ConsentRefused) as refusal:
        say(person, notices[Scope.RECORD], ConsentAct.GRANT, now=now)
    assert refusal.value.code == "text_changed"
    assert not ConsentRecord.objects.exists()


def test_grant_to_a_text_that_was_not_the_one_kept_is_refused(notices, now):
    with pytest.raises(ConsentRefused) as refusal:
        say(make_newcomer(), notices[Scope.RECORD], ConsentAct.GRANT, now=now, shown_sha256="0" * 64)
    assert refusal.value.code == "text_changed"


def test_withdrawal_is_taken_even_when_the_text_was_renewed(notices, now):
    person = make_newcomer()
    say(person, notices[Scope.RECORD], ConsentAct.GRANT, now=now)
    consents.publish_notice(Scope.RECORD, language="zh-hans", text="新的文字", now=now)
    say(person, notices[Scope.RECORD], ConsentAct.WITHDRAW, now=now)
    assert consents.scopes_in_force(person) == frozenset()


def test_consent_is_not_given_twice_nor_withdrawn_ungiven(notices, now):
    person = make_newcomer()
    with pytest.raises(ConsentRefused) as refusal:
        say(person, notices[Scope.RECORD], ConsentAct.WITHDRAW, now=now)
    assert refusal.value.code == "not_given"
    say(person, notices[Scope.RECORD], ConsentAct.GRANT, now=now)
    with pytest.raises(ConsentRefused) as refusal:
        say(person, notices[Scope.RECORD], ConsentAct.GRANT, now=now)
    assert refusal.value.code == "already"


def test_rows_of_a_person_are_a_chain(notices, now, lin, mei):
    rows = list(lin.consents.order_by("id"))
    assert [row.previous_hash for row in rows] == ["", rows[0].row_hash]
    assert mei.consents.order_by("id").first().previous_hash == ""
    assert consents.verify_chain(lin) == consents.verify_chain(mei) == []


@pytest.mark.parametrize("model", [ConsentNotice, ConsentRecord])
def test_consent_rows_are_refused_a_change_by_the_database(lin, model):
    rows = model.objects.filter(pk=model.objects.first().pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(text_sha256="0" * 64)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db)


def test_consent_rows_are_refused_a_change_in_python(lin):
    row = lin.consents.first()
    with pytest.raises(ValueError, match="never changed"):
        row.save()
    with pytest.raises(ValueError, match="never deleted"):
        row.delete()


def test_changed_row_breaks_the_chain(lin):
    row = lin.consents.order_by("id").first()
    write_past_the_belt(
        "accounts_consentrecord", f"UPDATE accounts_consentrecord SET act = 'refuse' WHERE id = {row.pk}"
    )
    assert consents.verify_chain(lin) == [f"consent record {row.pk}: it was changed after it was written"]


def test_missing_row_breaks_the_chain(lin):
    first, second = lin.consents.order_by("id")
    write_past_the_belt("accounts_consentrecord", f"DELETE FROM accounts_consentrecord WHERE id = {first.pk}")
    assert consents.verify_chain(lin) == [
        f"consent record {second.pk}: the row before it is missing or was changed"
    ]
