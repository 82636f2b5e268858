import pytest

from accounts import invariants
from accounts.models import ConsentNotice, User
from tests.accounts.belt import write_past_the_belt

pytestmark = pytest.mark.django_db


def test_everything_is_whole(lin, mei, ada):
    found = (invariants.broken_consents(), invariants.broken_notices(), invariants.broken_roles())
    assert found == ([], [], [])


def test_changed_consent_is_found_among_others(lin, mei):
    row = mei.consents.order_by("id").last()
    write_past_the_belt(
        "accounts_consentrecord", f"UPDATE accounts_consentrecord SET act = 'refuse' WHERE id = {row.pk}"
    )
    assert invariants.broken_consents() == [f"consent record {row.pk}: it was changed after it was written"]


def test_changed_text_is_found_where_it_stands_and_where_it_was_shown(lin):
    notice = ConsentNotice.objects.get(consentrecord__in=lin.consents.filter(scope="record"))
    write_past_the_belt(
        "accounts_consentnotice", f"UPDATE accounts_consentnotice SET text = 'x' WHERE id = {notice.pk}"
    )
    row = lin.consents.get(scope="record")
    assert invariants.broken_notices() == [f"consent notice {notice.pk}: its text was changed"]
    assert invariants.broken_consents() == [
        f"consent record {row.pk}: the text that was shown is not the text that is kept"
    ]


@pytest.mark.parametrize("switch", ["is_staff", "is_superuser"])
def test_admin_without_the_role_is_found(lin, ada, switch):
    User.objects.filter(pk=lin.pk).update(**{switch: True})
    assert invariants.broken_roles() == [f"user {lin.pk}: may open the admin without the role"]


def test_sweep_takes_one_query_however_many_people(lin, mei, stranger, django_assert_num_queries):
    with django_assert_num_queries(1):
        invariants.broken_consents()
