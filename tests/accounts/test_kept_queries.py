"""Queries whose SQL is written once: they answer as the queryset would, and read anew each time."""

from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet

from accounts.kept_queries import KeptQuery
from accounts.models import User
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def make_session(key: str, *, expires_at: datetime = NOW + timedelta(hours=1)) -> Session:
    return Session.objects.create(session_key=key, session_data="-", expire_date=expires_at)


def living(*, key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


def test_kept_query_answers_each_asking_with_its_own_values():
    ask = KeptQuery(living, key=str, now=datetime)
    one, two = make_session("one"), make_session("two", expires_at=NOW)

    moments = (NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=1))
    answers = [ask(key=key, now=now) for key in ("one", "two", "three") for now in moments]

    assert answers == [[one], [one], [], [two], [], [], [], [], []]
    assert ask(key="one", now=NOW)[0].expire_date == one.expire_date


def test_kept_query_reads_the_rows_anew(lin):
    ask = KeptQuery(lambda *, pk: User.objects.filter(pk=pk, is_active=True), pk=int)
    assert ask(pk=lin.pk) == [lin]

    User.objects.filter(pk=lin.pk).update(is_active=False)

    assert ask(pk=lin.pk) == []


def test_kept_query_puts_a_value_in_each_of_its_places(lin, mei):
    def alike(*, name: str) -> QuerySet[User]:
        return User.objects.filter(pseudonym=name) | User.objects.filter(language=name)

    User.objects.filter(pk=mei.pk).update(language=lin.pseudonym)

    assert set(KeptQuery(alike, name=str)(name=lin.pseudonym)) == {lin, mei}


def test_kept_query_brings_what_is_joined_and_annotated_along(lin, django_assert_num_queries):
    def told(*, pk: int) -> QuerySet[User]:
        return User.objects.filter(pk=pk).select_related("profile").annotate(role=F("groups__name"))

    ask = KeptQuery(told, pk=int)
    ask(pk=lin.pk)

    with django_assert_num_queries(1):
        (found,) = ask(pk=lin.pk)
        assert (found.profile, found.role) == (lin.profile, "participant")


def test_query_that_does_not_ask_for_a_value_as_it_is_is_refused():
    ask = KeptQuery(
        lambda *, key, now: Session.objects.filter(session_key=key.upper()), key=str, now=datetime
    )

    with pytest.raises(ValueError, match="key, now"):
        ask(key="one", now=NOW)
