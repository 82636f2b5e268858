import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.urls import reverse

from accounts import people
from accounts.access import Role, roles_of
from accounts.models import ConsentNotice, ConsentRecord, Message, MessageEvent, OneTimeCode, Profile, User
from tests.accounts.makers import make_message
from tests.factories import make_person, make_staff

pytestmark = pytest.mark.django_db

USERS = reverse("admin:accounts_user_changelist")
OURS = [User, Profile, ConsentNotice, ConsentRecord, Message, MessageEvent, OneTimeCode]


def page_of(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_every_model_of_accounts_is_registered_and_searchable():
    for model in OURS:
        assert admin.site.get_model_admin(model).search_fields


@pytest.mark.parametrize("model", [*OURS, Authenticator])
def test_lists_and_rows_open_for_an_administrator(client_for, ada, lin, model, now):
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    OneTimeCode.objects.create(phone_hash="x", serial=1, sent_at=now, expires_at=now)
    make_message(lin)
    browser = client_for(ada)
    assert browser.get(page_of(model, "changelist"), {"q": "S-"}).status_code == 200
    assert browser.get(page_of(model, "change", model.objects.first().pk)).status_code == 200


def test_second_factors_are_named_in_chinese(client_for, ada):
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    page = client_for(ada).get(page_of(Authenticator, "changelist"), headers={"accept-language": "zh-hans"})

    assert "二次验证方式" in page.content.decode()
    assert "uthenticators" not in page.content.decode()


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMINISTRATOR])
def test_admin_is_closed_to_every_other_role(client_for, lin, role):
    person = lin if role == Role.PARTICIPANT else make_staff(role)
    assert client_for(person).get(reverse("admin:index"), follow=True).status_code == 403


def test_admin_is_closed_to_a_superuser_without_the_role(client_for, lin):
    User.objects.filter(pk=lin.pk).update(is_staff=True, is_superuser=True)
    assert client_for(lin).get(reverse("admin:index"), follow=True).status_code == 403


def test_admin_sends_visitors_to_our_sign_in(client):
    page = client.get(reverse("admin:index"), follow=True)
    assert page.redirect_chain[-1][0] == f"{reverse('accounts:sign_in')}?next={reverse('admin:index')}"


def test_admin_asks_for_the_second_factor(client_for, ada):
    response = client_for(ada, second_factor=False).get(USERS)
    assert response.headers["Location"].startswith(reverse("accounts:second_factor"))


@pytest.mark.parametrize("model", [Profile, ConsentNotice, ConsentRecord, OneTimeCode, Authenticator])
def test_rows_that_rules_write_cannot_be_added_changed_or_deleted(client_for, ada, lin, model, now):
    TOTP.activate(ada, "JBSWY3DPEHPK3PXP")
    OneTimeCode.objects.create(phone_hash="x", serial=1, sent_at=now, expires_at=now)
    browser, pk = client_for(ada), model.objects.first().pk
    assert browser.get(page_of(model, "add")).status_code == 403
    assert browser.post(page_of(model, "change", pk), {}).status_code == 403
    assert browser.post(page_of(model, "delete", pk), {"post": "yes"}).status_code == 403


def test_people_are_never_deleted(client_for, ada, lin):
    assert client_for(ada).post(page_of(User, "delete", lin.pk), {"post": "yes"}).status_code == 403


def test_phones_are_masked(client_for, ada, lin):
    browser = client_for(ada)
    for url in (USERS, page_of(User, "change", lin.pk)):
        html = browser.get(url).content.decode()
        assert lin.phone not in html
        assert f"+86 *** {lin.phone[-4:]}" in html


@pytest.mark.parametrize("how", ["national", "pseudonym", "name"])
def test_person_is_found_by_whole_number_pseudonym_or_name(client_for, ada, lin, how):
    term = {"national": lin.phone[3:], "pseudonym": lin.pseudonym, "name": "林小雨"}[how]
    people_found = client_for(ada).get(USERS, {"q": term}).context["cl"].result_list
    assert list(people_found) == [lin]


def test_part_of_a_number_finds_nobody(client_for, ada, lin):
    assert list(client_for(ada).get(USERS, {"q": lin.phone[-4:]}).context["cl"].result_list) == []


def test_administrator_adds_staff_by_number_name_and_roles(client_for, ada):
    sent = {"phone": "138 0013 8000", "name": "新人", "roles": ["reviewer", "operator"], "language": "en"}
    response = client_for(ada).post(page_of(User, "add"), sent)
    assert response.status_code == 302
    person = User.objects.get(phone="+8613800138000")
    assert (roles_of(person), person.profile.name) == ({"reviewer", "operator"}, "新人")


@pytest.mark.parametrize("phone", ["12345", "+44 7400 123456"])
def test_staff_with_a_number_that_cannot_get_codes_are_refused(client_for, ada, phone):
    sent = {"phone": phone, "name": "新人", "roles": ["reviewer"], "language": "en"}
    response = client_for(ada).post(page_of(User, "add"), sent)
    assert response.context["adminform"].form.errors["phone"]


def test_staff_with_a_number_that_is_taken_are_refused(client_for, ada, lin):
    sent = {"phone": lin.phone, "name": "新人", "roles": ["reviewer"], "language": "en"}
    response = client_for(ada).post(page_of(User, "add"), sent)
    assert response.context["adminform"].form.errors["phone"]


def test_administrator_changes_roles(client_for, ada, rui):
    sent = {"roles": ["lead_reviewer"], "language": "en"}
    assert client_for(ada).post(page_of(User, "change", rui.pk), sent).status_code == 302
    assert roles_of(User.objects.get(pk=rui.pk)) == {"lead_reviewer"}


def test_accounts_are_closed_and_opened_by_action(client_for, ada, lin):
    browser, visitor = client_for(ada), client_for(lin)
    chosen = {"_selected_action": [lin.pk, ada.pk], "action": "close_accounts"}
    browser.post(USERS, chosen)
    assert set(User.objects.filter(is_active=True)) == {ada}
    assert visitor.get(reverse("accounts:profile")).status_code == 302
    browser.post(USERS, chosen | {"action": "reopen_accounts"})
    assert User.objects.filter(is_active=True).count() == 2


def test_lost_second_factor_is_reset_by_action(client_for, ada, rui):
    TOTP.activate(rui, "JBSWY3DPEHPK3PXP")
    client_for(ada).post(USERS, {"_selected_action": [rui.pk], "action": "reset_second_factors"})
    assert not Authenticator.objects.exists()


def test_list_of_people_takes_the_same_queries_however_long(client_for, ada, django_assert_max_num_queries):
    browser = client_for(ada)
    make_person()
    browser.get(USERS)
    with django_assert_max_num_queries(30) as few:
        browser.get(USERS)
    for _person in range(3):
        make_person()
    with django_assert_max_num_queries(30) as many:
        browser.get(USERS)
    assert len(many) == len(few)


def test_roles_are_set_exactly(mara):
    people.set_roles(mara, {Role.ADMINISTRATOR, Role.FINANCE})
    mara.refresh_from_db()
    assert (roles_of(mara), mara.is_staff) == ({"administrator", "finance"}, True)
