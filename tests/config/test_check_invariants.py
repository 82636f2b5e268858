import io

import pytest
from django.core.management import call_command
from django.db import connection

from tests.payments.makers import make_payment


def check() -> tuple[int, list[str]]:
    out = io.StringIO()
    try:
        call_command("check_invariants", stdout=out, stderr=io.StringIO())
    except SystemExit as exit_:
        return exit_.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def test_check_invariants_says_a_line_for_each_sweep(db):
    code, lines = check()

    assert code == 0
    assert {"payments.payments: whole", "payments.batches: whole", "payments.taxes: whole"} <= set(lines)
    assert all(line.endswith(": whole") for line in lines)


def test_check_invariants_prints_what_is_broken_and_fails(lin):
    payment = make_payment(lin)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_payment SET status = 'in_batch', approved_at = made_at WHERE id = %s",
            [payment.pk],
        )

    code, lines = check()

    assert code == 1
    assert "payments.payments: 2 broken" in lines
    assert f"  payment {payment.pk} is in a payout that does not live" in lines


@pytest.mark.parametrize("sweep", ["payments", "earnings", "deductions", "payouts", "taxes", "batches"])
def test_check_invariants_gathers_every_sweep_of_payments(db, sweep):
    assert f"payments.{sweep}: whole" in check()[1]
