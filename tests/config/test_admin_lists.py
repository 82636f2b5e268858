"""The administration's lists stay quick with many rows: nothing in them reads a whole table or whole outlines."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.admin_site import ReadOnlyAdmin
from tests.factories import make_project
from tests.recordings.makers import make_sample

pytestmark = pytest.mark.django_db
LISTS = admin.site._registry.values()
# The starts of orders that an index serves.
ORDERS = {"-pk", "-session_id", "-prompt_set_id"}


def test_no_list_has_a_date_hierarchy():
    assert [shown.model.__name__ for shown in LISTS if shown.date_hierarchy] == []


def test_lists_of_rows_are_counted_once_and_ordered_by_an_index():
    read_only = [shown for shown in LISTS if isinstance(shown, ReadOnlyAdmin)]

    assert [shown.model.__name__ for shown in read_only if shown.show_full_result_count] == []
    assert [shown.model.__name__ for shown in read_only if shown.ordering[0] not in ORDERS] == []


@pytest.mark.parametrize(
    "name", ["sample", "review", "sampleevent", "sampleplay", "playevent", "reviewing", "crossreview"]
)
def test_lists_of_samples_leave_the_outlines_in_the_table(client_for, ada, lin, name):
    make_sample(lin, project=make_project())

    with CaptureQueriesContext(connection) as queries:
        answer = client_for(ada).get(reverse(f"admin:recordings_{name}_changelist"))

    assert answer.status_code == 200
    assert [
        query["sql"]
        for query in queries
        if '"peaks"' in query["sql"].split("WHERE")[0] and query["sql"].startswith("SELECT")
    ] == []
