"""What finance does: look, deduct by two, pay by two, read the bank's answers."""

import csv
import hashlib
import io
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.people import Visitor


def propose_deduction(desk: Visitor) -> str:
    """Propose to take something from the newest payment; return the payment's address."""
    page = desk.open("/pay/payments/")
    desk.look("payment-list")
    page.locator("tbody th a").first.click()
    desk.look("payment")
    payment = page.url.removeprefix(desk.site.url)
    page.get_by_role("link", name="Propose a deduction").click()
    desk.look("deduction-new")
    page.get_by_label("Reason").select_option("unclear")
    page.get_by_label("Amount (yuan)").fill("12.50")
    page.get_by_label("Take").fill("1/1")
    page.get_by_label("Words for the participant").fill("第一段里有几个字听不清。")
    desk.press("Propose it")
    return payment


def decide_deduction(desk: Visitor) -> None:
    """Approve what a colleague proposed."""
    page = desk.open("/pay/deductions/")
    desk.look("deduction-list")
    desk.press("Approve")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def approve_payments(desk: Visitor) -> None:
    """Approve every due payment by hand: the days to appeal end with the slot, an hour from now."""
    while (due := desk.open("/pay/payments/?status=due").locator("tbody th a")).count():
        due.first.click()
        desk.page.get_by_label("Why it cannot wait").fill("当天结算")
        desk.press("Approve the payment")
        expect(desk.page.get_by_role("button", name="Approve the payment")).to_have_count(0)


def make_batch(desk: Visitor) -> str:
    """Make a batch; return its address."""
    page = desk.open("/pay/batches/")
    desk.look("batch-list")
    desk.press("Make a batch: Alipay")
    page.wait_for_url("**/pay/batches/*/")
    expect(page.get_by_role("button", name="Approve and freeze")).to_have_count(0)
    desk.look("batch-draft")
    return page.url.removeprefix(desk.site.url)


def approve_batch(desk: Visitor, batch: str) -> None:
    """Approve a colleague's batch."""
    page = desk.open(batch)
    desk.press("Approve and freeze")
    page.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="The frozen file")).to_be_visible()
    desk.look("batch-approved")


def download(desk: Visitor) -> bytes:
    """Download the frozen file; it must be what its SHA-256 says."""
    with desk.page.expect_download() as started:
        desk.page.get_by_role("link", name="Download").click()
    content = Path(started.value.path()).read_bytes()
    expect(desk.page.locator(".money-digest")).to_have_text(hashlib.sha256(content).hexdigest())
    return content


def numbers_in(content: bytes) -> list[str]:
    """Return our numbers in an Alipay file."""
    _title, _header, *rows = csv.reader(io.StringIO(content.decode("gbk")))
    return [row[-1] for row in rows]


def submit(desk: Visitor) -> None:
    desk.press("Mark as submitted")
    expect(desk.page.get_by_role("button", name="Read the results")).to_be_visible()
    desk.look("batch-submitted")


def read_results(desk: Visitor, numbers: list[str]) -> None:
    """Upload the bank's file of answers: everything was paid."""
    lines = ["商户订单号,状态", *(f"{number},成功" for number in numbers)]
    answers = {"name": "结果.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode("gbk")}
    desk.page.get_by_label("The bank's results (CSV)").set_input_files(answers)
    desk.press("Read the results")
    expect(desk.page.get_by_text("Settled").first).to_be_visible()
    desk.look("batch-settled")
