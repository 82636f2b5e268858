"""The bars: each role finds its pages, the present one is marked."""

import pytest
from django.test import RequestFactory
from django.urls import resolve, reverse

from accounts.access import Role
from config.navigation import PARTICIPANT_LINKS, STAFF_LINKS, layout_for, navigation_for


def request_for(path):
    request = RequestFactory().get(path)
    request.resolver_match = resolve(path)
    return request


def test_navigation_is_empty_for_visitors():
    assert navigation_for(request_for("/"), roles=()) == []


def test_navigation_of_a_page_that_does_not_exist_marks_nothing():
    request = RequestFactory().get("/nothing/")

    links = navigation_for(request, roles={Role.PARTICIPANT})

    assert [link["url"] for link in links if link["is_current"]] == []


def test_navigation_marks_the_present_page():
    links = navigation_for(request_for("/"), roles={Role.PARTICIPANT})

    assert [link["url"] for link in links if link["is_current"]] == [reverse("home")]


def test_navigation_of_staff_leaves_out_the_participants_links():
    links = navigation_for(request_for("/"), roles={Role.PARTICIPANT, Role.ADMINISTRATOR})

    names = ("home", "accounts:message_list", "admin:index", "health")
    assert [link["url"] for link in links] == [reverse(name) for name in names]


def test_navigation_leaves_out_addresses_that_do_not_exist(monkeypatch):
    monkeypatch.setattr("config.navigation.reverse", lambda name: reverse("no-such-page"))

    assert navigation_for(request_for("/"), roles={Role.PARTICIPANT}) == []


def test_navigation_names_no_page_twice():
    names = [link.name for link in STAFF_LINKS]

    assert [name for name in set(names) if names.count(name) > 1] == []


def test_navigation_of_participants_fits_the_tab_bar():
    assert len(PARTICIPANT_LINKS) == 5


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.PARTICIPANT}))
def test_navigation_has_links_for_each_staff_role(role):
    assert next(link.name for link in STAFF_LINKS if role in link.roles) == "home"
    assert len([link.name for link in STAFF_LINKS if role in link.roles]) > 1


@pytest.mark.parametrize(
    ("roles", "frame"),
    [
        ((), "portal.html"),
        ({Role.PARTICIPANT}, "portal.html"),
        ({Role.REVIEWER}, "desk.html"),
        ({Role.PARTICIPANT, Role.FINANCE}, "desk.html"),
    ],
)
def test_layout_is_the_desk_for_staff(roles, frame):
    assert layout_for(roles) == frame
