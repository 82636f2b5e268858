"""Managers' pages in the tests: their addresses, and what reading one costs."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def address_of(name: str, *args: object) -> str:
    """Return the address of a page of `scheduling`."""
    return reverse(f"scheduling:{name}", args=args)


def queries_of(browser: Client, address: str) -> int:
    """Return how many queries the page needs."""
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)
