"""Looking at a page as everybody would: wide and narrow, light and dark, by machine, and in Chinese."""

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 812}
SIZES = {"desk": DESK, "phone": PHONE}

# Without reading the style sheets once more: axe writes an inline style for that, which our policy refuses.
AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
# Of what colours there are: most of axe's time, so what looks like something measured before is not measured again.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
COLOURS = AXE_OPTIONS | {"runOnly": OF_COLOURS}
ALL_ELSE = AXE_OPTIONS | {"rules": {rule: {"enabled": False} for rule in OF_COLOURS}}
_measured_looks: set[str] = set()

_RUN_AXE = "async (options) => (await axe.run(document, options)).violations"

# Of texts whose look is new: their colours, the colour of the words around, and all that lies behind, to the root.
# What is taken out of its place may lie over anything, and is measured each time.
_RUN_AXE_ON_NEW_LOOKS = """async ([options, measured]) => {
  const known = new Set(measured), fresh = new Set(), include = [];
  const hasWords = (element) =>
    element.matches("input, select, textarea") ||
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const walk = (element, behind, around, isPlaced) => {
    const is = getComputedStyle(element);
    const ground = [is.backgroundColor, is.backgroundImage, is.opacity, is.filter, is.mixBlendMode].join("|");
    if (ground !== "rgba(0, 0, 0, 0)|none|1|none|normal") behind = `${behind}>${ground}`;
    isPlaced ||= ["absolute", "fixed", "sticky"].includes(is.position);
    const isLarge = parseFloat(is.fontSize) >= (Number(is.fontWeight) >= 700 ? 18.66 : 24);
    const own = [is.color, is.textShadow, is.textDecorationLine, isLarge, element.matches("a")].join("|");
    if (hasWords(element) && element.checkVisibility() && is.visibility === "visible") {
      const look = `${behind}>${around}>${own}`;
      if (isPlaced || !(known.has(look) || fresh.has(look))) include.push(element);
      fresh.add(look);
    }
    for (const child of element.children) walk(child, behind, is.color, isPlaced);
  };
  walk(document.documentElement, "", "", false);
  const violations = include.length ? (await axe.run({ include }, options)).violations : [];
  return [violations, [...fresh].filter((look) => !known.has(look))];
}"""

# With SHOTS=<folder> every page that a journey looks at is kept as a picture.
SHOTS = os.environ.get("SHOTS", "")

_WIDER_THAN_THE_WINDOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 8)
    .map((element) => element.outerHTML.replace(/\\s+/g, " ").slice(0, 160));
}"""

# A button fades from light to dark; in the middle of that nothing has contrast.
_COLOURS_ARE_SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter((motion) => motion instanceof CSSTransition).map((motion) => motion.finished),
)"""

# Names, pseudonyms, codes and what is marked as English may be Latin; three words in a row are a sentence.
# `visually-hidden` is Django's own class: its catalogue lacks a few words for screen readers in the administration.
_ENGLISH_IN_CHINESE = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element.closest("[lang=en], code, kbd, script, style, template, .visually-hidden")) continue;
    if (!element.checkVisibility() && !element.closest(".sr-only")) continue;
    const words = walker.currentNode.textContent.trim();
    if (/[A-Za-z][A-Za-z'’-]+(\\s+[A-Za-z][A-Za-z'’-]+){2,}/.test(words)) found.push(words.slice(0, 120));
  }
  return found;
}"""


def find_faults(page: Page, name: str, *, is_reloadable: bool = True, is_last: bool = False) -> list[str]:
    """
    Return what is wrong with the page in both widths and in the dark, and in Chinese when it can be loaded again.

    The page keeps the size it had. What it is in the middle of (a form half filled) is lost
    with `is_reloadable`, so look before writing. After the last look nobody needs it in English again.
    """
    size = page.viewport_size
    found = _look_in_each_size(page, name)
    if is_reloadable:
        found += _look_in_chinese(page, name)
        if not is_last:
            page.reload()
    page.set_viewport_size(size)
    return [f"{name} at {page.url}: {fault}" for fault in found]


def _look_in_each_size(page: Page, name: str) -> list[str]:
    found = []
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        broken = _broken_by_axe(page) + _badly_coloured(page)
        found += [f"{size}: {said}" for said in [*broken, *_overflowing(page)]]
        _keep(page, f"{name}-{size}-en")
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {said}" for said in _badly_coloured(page)]
    _keep(page, f"{name}-phone-dark")
    page.emulate_media(color_scheme="light")
    return found


def _look_in_chinese(page: Page, name: str) -> list[str]:
    cookie = {"name": "django_language", "value": "zh-hans", "url": page.url}
    page.context.add_cookies([cookie])
    page.reload()
    found = [f"Chinese: {said}" for said in _overflowing(page)]
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    found += [f"not Chinese: {said}" for said in page.evaluate(_ENGLISH_IN_CHINESE)]
    for size, viewport in SIZES.items():
        if SHOTS:
            page.set_viewport_size(viewport)
            _keep(page, f"{name}-{size}-zh")
    page.context.clear_cookies(name="django_language")
    return found


def _broken_by_axe(page: Page) -> list[str]:
    _bring_axe(page)
    return _in_words(page.evaluate(_RUN_AXE, ALL_ELSE))


def _badly_coloured(page: Page) -> list[str]:
    _bring_axe(page)
    violations, looks = page.evaluate(_RUN_AXE_ON_NEW_LOOKS, [COLOURS, list(_measured_looks)])
    _measured_looks.update(looks)
    return _in_words(violations)


def _bring_axe(page: Page) -> None:
    page.evaluate(_COLOURS_ARE_SETTLED)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)


def _in_words(violations: list[dict[str, Any]]) -> list[str]:
    return [
        f"axe {broken['id']}: {broken['help']}: "
        + "; ".join(
            f"{node['html'][:160]} ({' '.join(node['failureSummary'].split())})"
            for node in broken["nodes"][:4]
        )
        for broken in violations
    ]


def _overflowing(page: Page) -> list[str]:
    return [f"wider than the window: {html}" for html in page.evaluate(_WIDER_THAN_THE_WINDOW)]


def _keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
