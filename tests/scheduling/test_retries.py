"""Deadlock, serialization failure and "locked" are tried again; a lock that takes too long is "busy"."""

import sqlite3

import pytest
from django.db import DatabaseError, OperationalError, transaction
from django.test import RequestFactory
from psycopg import errors

from scheduling.middleware import BusyMiddleware
from scheduling.retries import MAX_RETRIES, Busy, retried


def refused(cause: BaseException) -> DatabaseError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = code
    return error


class Tries:
    """A function that fails a number of times."""

    def __init__(self, *, failures: int, cause: BaseException) -> None:
        self.failures, self.cause, self.count = failures, cause, 0

    def __call__(self) -> str:
        self.count += 1
        if self.count <= self.failures:
            raise refused(self.cause)
        return "done"


PASSING = [
    errors.DeadlockDetected(),
    errors.SerializationFailure(),
    sqlite_error(sqlite3.SQLITE_BUSY),
    sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT),
    sqlite_error(sqlite3.SQLITE_LOCKED),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", PASSING, ids=lambda cause: type(cause).__name__)
def test_passing_failure_is_tried_again(cause):
    tries = Tries(failures=MAX_RETRIES, cause=cause)

    assert retried(tries.__call__)() == "done"
    assert tries.count == MAX_RETRIES + 1


@pytest.mark.django_db(transaction=True)
def test_one_failure_too_many_is_busy():
    tries = Tries(failures=MAX_RETRIES + 1, cause=errors.DeadlockDetected())

    with pytest.raises(Busy):
        retried(tries.__call__)()

    assert tries.count == MAX_RETRIES + 1


@pytest.mark.django_db(transaction=True)
def test_lock_timeout_is_busy_at_once():
    tries = Tries(failures=1, cause=errors.LockNotAvailable())

    with pytest.raises(Busy):
        retried(tries.__call__)()

    assert tries.count == 1


@pytest.mark.django_db(transaction=True)
def test_other_failure_is_not_tried_again():
    tries = Tries(failures=1, cause=errors.UndefinedTable())

    with pytest.raises(OperationalError):
        retried(tries.__call__)()

    assert tries.count == 1


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_only_the_outermost_retries():
    tries = Tries(failures=1, cause=errors.DeadlockDetected())

    with pytest.raises(OperationalError), transaction.atomic():
        retried(tries.__call__)()

    assert tries.count == 1


@pytest.mark.django_db
@pytest.mark.parametrize("error", [Busy(), refused(errors.LockNotAvailable())])
def test_busy_is_answered_with_503_and_retry_after(error, lin):
    request = RequestFactory().get("/booking/")
    request.user = lin
    middleware = BusyMiddleware(lambda request: None)

    response = middleware.process_exception(request, error)

    assert (response.status_code, response["Retry-After"]) == (503, "3")


def test_other_errors_are_left_alone():
    assert (
        BusyMiddleware(lambda request: None).process_exception(RequestFactory().get("/"), ValueError())
        is None
    )
