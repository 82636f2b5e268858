"""The templates keep the house rules, and the colours keep their contrast."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
TOKENS = ROOT / "static" / "css" / "tokens.css"
SPRITE = ROOT / "static" / "img" / "icons.svg"

# A page of its own, on purpose: 500.html needs no context, base.html is what the others extend.
STANDALONE = {"base.html", "500.html"}
# The text of these pairs is read, so WCAG 2.2 asks for 4.5 (1.4.3); borders of controls and the focus need 3 (1.4.11).
TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-quiet") for ground in ("paper", "surface", "sunken")],
    *[
        (tone, ground)
        for tone in ("accent", "accent-strong", "bad", "ok")
        for ground in ("paper", "surface", "sunken")
    ],
    *[(voice, ground) for voice in ("voice-a", "voice-b") for ground in ("paper", "surface", "sunken")],
    *[(tone, f"{tone}-soft") for tone in ("accent", "ok", "warn", "bad", "info", "voice-a", "voice-b")],
    *[("ink", f"{tone}-soft") for tone in ("ok", "warn", "bad", "info")],
    *[("ink-quiet", "info-soft"), ("paper", "ink"), ("paper", "ink-quiet")],
    *[(f"on-{tone}", tone) for tone in ("accent", "bad", "voice-a", "voice-b")],
    ("on-accent", "accent-strong"),
]
SHAPE_PAIRS = [(line, ground) for line in ("line-strong", "focus") for ground in ("paper", "surface")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_page(path: Path) -> bool:
    is_part = path.name.startswith("_") or not {"components", "emails", "sms"}.isdisjoint(path.parts)
    return not is_part and path.name not in STANDALONE


def includes_in(text: str) -> list[str]:
    return re.findall(r"{%\s*include\s+([^%]*?)\s*%}", text)


def token_blocks() -> list[dict[str, str]]:
    """Return the light tokens, the dark ones of the system's wish and the dark ones of the switch."""
    blocks = re.findall(r"{([^{}]*color-scheme[^{}]*)}", TOKENS.read_text())
    return [dict(re.findall(r"--([\w-]+):\s*([^;]+);", block)) for block in blocks]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path):
    engines["django"].get_template(path.relative_to(ROOT / "templates").as_posix())


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_has_nothing_the_content_policy_refuses(path):
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)

    assert re.findall(r"\sstyle\s*=|<style", text) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", text) == []
    assert re.findall(r"<[^>]*?\son[a-z]+\s*=", text) == []
    assert re.findall(r"\shx-on[:-]|javascript:", text) == []


@pytest.mark.parametrize("path", [path for path in TEMPLATES if is_page(path)], ids=name_of)
def test_template_extends_first(path):
    assert path.read_text().startswith("{% extends ")


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_names_the_block_it_ends(path):
    assert re.findall(r"{%\s*endblock\s*%}", path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_includes_components_with_only(path):
    components = [text for text in includes_in(path.read_text()) if text.startswith('"components/')]

    assert [text for text in components if not text.endswith(" only")] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_uses_icons_that_exist(path):
    drawn = set(re.findall(r'symbol id="([^"]+)"', SPRITE.read_text()))
    includes = includes_in(path.read_text())
    named = {
        name
        for text in includes
        for name in re.findall(r'\b(?:action_icon|icon|name)="([^"]+)"', text)
        if "components/icon.html" in text or "icon=" in text
    }
    if any("components/voice.html" in text for text in includes):
        named -= {
            name for text in includes if "voice.html" in text for name in re.findall(r'name="([^"]+)"', text)
        }

    assert named - drawn == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_of_a_form_that_posts_carries_the_token(path):
    text = path.read_text()

    assert len(re.findall(r'<form[^>]*method="post"', text)) <= text.count("{% csrf_token %}")


@pytest.mark.parametrize("path", [path for path in STYLES if path != TOKENS], ids=name_of)
def test_style_takes_its_colours_from_the_tokens(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    raw = re.findall(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\()", text)

    # The one exception: a backdrop sees no custom properties in older browsers.
    assert len(raw) == (1 if path.name == "base.css" else 0)


@pytest.mark.parametrize("path", [path for path in STYLES if path.name != "admin.css"], ids=name_of)
def test_style_names_one_class_a_selector(path):
    text = re.sub(r"/\*.*?\*/|@media[^{]*{", "", path.read_text(), flags=re.DOTALL)
    selectors = [part.strip() for head in re.findall(r"([^{};]+){", text) for part in head.split(",")]

    # `.row + .row` names one class too.
    assert [one for one in selectors if len(set(re.findall(r"\.[a-z][\w-]*", one))) > 1] == []


def test_tokens_say_the_same_dark_twice():
    light, wished, switched = token_blocks()

    assert wished == switched
    assert set(wished) <= set(light)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS, ids=lambda name: name)
def test_text_contrast_is_enough(theme, ink, ground):
    tokens = token_blocks()[theme]

    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), SHAPE_PAIRS, ids=lambda name: name)
def test_shape_contrast_is_enough(theme, line, ground):
    tokens = token_blocks()[theme]

    assert contrast(tokens[line], tokens[ground]) >= 3


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_part_with_a_form_is_given_the_token(path):
    """An include that hides its surroundings hides the token, too: the form would be refused."""
    forms = {
        part.relative_to(ROOT / "templates").as_posix()
        for part in TEMPLATES
        if "{% csrf_token %}" in part.read_text()
    }
    isolated = [include for include in includes_in(path.read_text()) if include.endswith(" only")]

    without = [
        include
        for include in isolated
        if include.split('"')[1] in forms and "csrf_token=csrf_token" not in include
    ]

    assert without == []
