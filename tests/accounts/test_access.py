import pytest
from allauth.core.exceptions import RateLimited
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse

from accounts import access
from accounts.access import Role, role_required
from accounts.middleware import RateLimitMiddleware
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


@role_required(Role.MANAGER, Role.FINANCE)
def page(request):
    return HttpResponse("open")


def ask(rf, user, *, shown=True):
    request = rf.get("/page/?day=1")
    request.user = user
    request.session = {}
    if shown and user.is_authenticated:
        request.session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
        request.session["account_authentication_methods_user"] = str(user.pk)
    return request


def test_visitor_is_sent_to_sign_in_and_back(rf):
    response = page(ask(rf, AnonymousUser()))
    assert response.headers["Location"] == f"{reverse('accounts:sign_in')}?next=/page/%3Fday%3D1"


@pytest.mark.parametrize("who", ["mara", "fang"])
def test_page_opens_to_each_of_its_roles(rf, request, who):
    assert page(ask(rf, request.getfixturevalue(who))).content == b"open"


@pytest.mark.parametrize("who", ["lin", "rui", "oskar", "ada"])
def test_page_is_closed_to_every_other_role(rf, request, who):
    with pytest.raises(PermissionDenied):
        page(ask(rf, request.getfixturevalue(who)))


def test_page_asks_staff_for_the_second_factor_first(rf, mara):
    response = page(ask(rf, mara, shown=False))
    assert response.headers["Location"].startswith(reverse("accounts:second_factor"))


def test_person_with_two_roles_has_both(rf):
    person = make_staff(Role.OPERATOR, Role.MANAGER)
    assert access.roles_of(person) == {"operator", "manager"}
    assert access.has_role(person, Role.FINANCE, Role.OPERATOR)
    assert not access.has_role(person, Role.FINANCE)


def test_roles_are_read_once(mara, django_assert_num_queries):
    with django_assert_num_queries(1):
        for _time in range(3):
            assert access.is_staff_member(mara)


def test_visitor_has_no_role():
    assert access.roles_of(AnonymousUser()) == frozenset()
    assert not access.needs_second_factor(AnonymousUser())


def test_consent_record_of_another_person_does_not_exist(lin, stranger):
    record = lin.consents.first()
    assert access.get_consent_record(lin, record.pk) == record
    with pytest.raises(Http404):
        access.get_consent_record(stranger, record.pk)


def test_rate_limit_of_allauth_is_answered_with_429(rf):
    middleware = RateLimitMiddleware(lambda _request: HttpResponse())
    request = rf.get("/")
    request.user = AnonymousUser()
    response = middleware.process_exception(request, RateLimited())
    assert response.status_code == 429
    assert middleware.process_exception(request, ValueError()) is None
