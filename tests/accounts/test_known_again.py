"""Each request knows its person and their roles anew: what is taken from somebody is gone with their next request."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import Role, roles_of
from accounts.backends import PersonBackend
from accounts.models import User

pytestmark = pytest.mark.django_db
PAGE = reverse("scheduling:booking_list")


def status(client: Client) -> int:
    return client.get(PAGE).status_code


def test_signing_out_holds_at_once_in_every_tab(client_for, lin):
    tab, other = client_for(lin), Client()
    other.cookies["sessionid"] = tab.cookies["sessionid"].value
    assert status(other) == 200

    tab.post(reverse("accounts:sign_out"))

    assert status(other) == 302


def test_closed_account_is_nobody_at_once(client_for, lin):
    browser = client_for(lin)
    assert status(browser) == 200

    User.objects.update(is_active=False)
    assert status(browser) == 302

    User.objects.update(is_active=True)
    assert status(browser) == 200


def test_role_that_is_taken_or_given_counts_at_once(client_for, lin):
    browser = client_for(lin)
    assert status(browser) == 200

    lin.groups.clear()
    assert status(browser) == 403

    lin.groups.add(Group.objects.get(name=Role.PARTICIPANT))
    assert status(browser) == 200


def test_session_that_is_over_is_nobodys(client_for, lin):
    browser = client_for(lin)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert status(browser) == 302


def test_person_comes_with_all_roles_in_one_query(lin, django_assert_num_queries):
    lin.groups.add(Group.objects.get_or_create(name=Role.REVIEWER)[0])

    with django_assert_num_queries(1):
        known = PersonBackend().get_user(lin.pk)
        assert roles_of(known) == {Role.PARTICIPANT, Role.REVIEWER}
    assert known == lin


def test_person_without_a_role_and_nobody_at_all(stranger, django_assert_num_queries):
    stranger.groups.clear()

    with django_assert_num_queries(1):
        assert roles_of(PersonBackend().get_user(stranger.pk)) == frozenset()
    assert PersonBackend().get_user(0) is None
