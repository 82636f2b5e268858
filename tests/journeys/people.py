"""People at their browsers: how they come in."""

import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.journeys.looking import find_faults
from tests.journeys.site import Site, wait_until

_addresses = count(1)
# What a browser writes when a page was refused, or the network taken away, on purpose; all else is a fault.
EXPECTED_IN_CONSOLE = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
)


@dataclass
class Visitor:
    """Somebody with a browser and a telephone."""

    name: str
    phone: str
    context: BrowserContext
    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to the address; the server must not fail there."""
        answer = self.page.goto(self.site.url + path)
        assert answer is None or answer.status < 500, f"{path} answered {answer.status}"
        return self.page

    def status_of(self, path: str) -> int:
        """Return the status with which the server answers this person's browser."""
        return self.context.request.get(self.site.url + path, max_redirects=0).status

    def look(self, name: str, *, is_reloadable: bool = True, is_last: bool = False) -> None:
        """Look at the page in every way; what is found fails the journey at its end, not here."""
        self.faults += find_faults(self.page, name, is_reloadable=is_reloadable, is_last=is_last)

    def reload_until(self, found: Locator, *, count: int = 1, what: str) -> None:
        """Load the page again and again until it shows what others have brought about."""
        wait_until(lambda: self.page.reload() and found.count() >= count, what=what)

    def press(self, name: str, **kwargs: Any) -> None:
        self.page.get_by_role("button", name=name, **kwargs).click()


def meet(browser: Browser, site: Site, *, name: str, phone: str, viewport: dict[str, int]) -> Visitor:
    """Return somebody who has just opened a browser, at an address of their own."""
    number = next(_addresses)
    context = browser.new_context(
        locale="en-US",
        timezone_id="Asia/Shanghai",
        viewport=viewport,
        reduced_motion="reduce",
        extra_http_headers={"X-Forwarded-For": f"10.8.{number // 250}.{number % 250 + 1}"},
    )
    context.set_default_timeout(20_000)
    context.set_default_navigation_timeout(30_000)
    visitor = Visitor(name=name, phone=phone, context=context, page=context.new_page(), site=site)
    visitor.page.on("pageerror", lambda error: visitor.faults.append(f"{name}: {error}"))
    visitor.page.on("console", lambda message: _listen(message, visitor))
    return visitor


def _listen(message: ConsoleMessage, visitor: Visitor) -> None:
    if message.type == "error" and not message.text.startswith(EXPECTED_IN_CONSOLE):
        visitor.faults.append(f"{visitor.name} at {visitor.page.url}: {message.text}")


def ask_for_code(visitor: Visitor, *, looking: bool = False) -> None:
    """Go to the sign-in page and ask for a code."""
    page = visitor.open("/account/sign-in/")
    if looking:
        visitor.look("sign-in")
    page.get_by_label("Mobile number").fill(visitor.phone.removeprefix("+86"))
    visitor.press("Send me a code")
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()


def sign_in(visitor: Visitor, *, looking: bool = False) -> None:
    """Come in by phone and code; where to is the product's choice."""
    ask_for_code(visitor, looking=looking)
    if looking:
        visitor.look("sign-in-code")
    visitor.page.get_by_label("Six-digit code").fill(visitor.site.code_for(visitor.phone))
    visitor.press("Sign in")
    visitor.page.wait_for_url(lambda url: "/account/sign-in" not in url)


def enrol(visitor: Visitor, *, looking: bool = False) -> None:
    """Come in as staff for the first time: code, authenticator app, recovery codes."""
    sign_in(visitor)
    page = visitor.page
    if looking:
        visitor.look("second-factor-set-up")
    secret = page.locator("ol code").inner_text().strip()
    page.get_by_label("Code of your authenticator app").fill(app_code(secret))
    visitor.press("Set up")
    page.wait_for_url("**/second-factor/codes/")
    if looking:
        visitor.look("second-factor-codes")
    visitor.open("/")


def app_code(secret: str) -> str:
    """Return what an authenticator app shows for this key; a code that is about to change is not typed."""
    wait_until(lambda: time.time() % 30 < 26, what="the next code of the app")
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
