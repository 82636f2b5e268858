"""Every word that a person reads is in both languages, and dates follow the language."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import trans_real

from config.formats.en import formats as english_formats
from config.formats.zh_Hans import formats as chinese_formats
from config.management.commands.catalogue import find_problems

ROOT = Path(settings.BASE_DIR)
APPS = ["accounts", "scheduling", "recordings", "payments", "config"]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
# The specimen of the design is for developers; 500.html has no context and speaks both languages.
DESIGN = {ROOT / "templates" / "design.html", ROOT / "config" / "specimen.py"}
TEMPLATES = sorted({*(ROOT / "templates").rglob("*.html")} - DESIGN)
NOTICES, MESSAGES = ROOT / "accounts" / "notices", ROOT / "templates" / "sms"
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
# Brand, units and codes are the same in every language; the switch names each language in its own.
UNTRANSLATED = {"Duologue", "LUFS", "dBFS", "dB", "Hz", "kHz", "SHA-256", "中文", "English"}
# Words that are written in Latin letters in Chinese too, so no Chinese character need be in them.
SAME_IN_CHINESE = {"English", "ID", "A", "B"}
HAN = r"[\u4e00-\u9fff]"
PLACEHOLDER = r"%\(\w+\)[a-z]|%%|\{\w*\}|<[^>]+>"


@pytest.fixture(scope="module", autouse=True)
def _compiled_catalogue():
    """Compile what is in the tree and forget what was loaded before."""
    call_command("catalogue", compile=True)
    trans_real._translations.clear()
    trans_real._default = None


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def chinese_texts() -> list[str]:
    catalogue = polib.pofile(str(CATALOGUE))
    return [text for entry in catalogue for text in [entry.msgstr, *entry.msgstr_plural.values()] if text]


def words_outside_translation(source: str) -> list[str]:
    """
    Return the words that are written into a template: text, and attributes that are read or spoken.

    Single letters are keys and the two voices; `R-19` is the number of a rule.
    """
    source = re.sub(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", "", source, flags=re.DOTALL)
    source = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}", " ", source, flags=re.DOTALL)
    source = re.sub(r"{%\s*block (body|page)_class\s*%}.*?{%\s*endblock.*?%}", "", source, flags=re.DOTALL)
    source = re.sub(r'<(\w+)[^>]* lang="[^"]*"[^>]*>.*?</\1>', " ", source, flags=re.DOTALL)
    parameters = re.findall(
        r'\b(?:title|text|label|lead|name|\w+_label)="([^"]*)" ?', " ".join(includes_in(source))
    )
    source = re.sub(r"{{.*?}}|{%.*?%}", " ", source, flags=re.DOTALL)
    spoken = r"\b(?:aria-label|title|placeholder|alt|data-text-[\w-]+|data-confirm[\w-]*|data-[\w-]+-(?:done|over))"
    attributes = re.findall(rf'{spoken}="([^"]*)"', source)
    text = re.sub(r"<[^>]*>", " ", re.sub(r"<script.*?</script>", " ", source, flags=re.DOTALL))
    found = re.findall(rf"[A-Za-z][\w-]+|{HAN}+", " ".join([text, *attributes, *parameters]))
    return [word for word in found if word not in UNTRANSLATED and not re.fullmatch(r"R-\d+", word)]


def includes_in(source: str) -> list[str]:
    found = re.findall(r"{%\s*include\s+[^%]*?%}", source)
    return [text for text in found if not re.search(r"components/(icon|voice)\.html", text)]


def literal_messages(source: str) -> list[str]:
    """Return the texts that go to a person (a refusal, a message, a label) without gettext around them."""
    wanted = {"ValidationError", "success", "error", "info", "warning", "add_error"}
    keywords = {"label", "help_text", "verbose_name", "verbose_name_plural", "description", "empty_label"}
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(getattr(node.func, "value", None), "id", "")
        spoken = [*node.args] if name in wanted and owner != "logger" else []
        spoken += [keyword.value for keyword in node.keywords if keyword.arg in keywords]
        texts = [
            part.value for part in spoken if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        found += [text for text in texts if re.search(r"[a-z]{2}", text) and " " in text]
    return found


def test_catalogue_has_every_string_translated_with_its_placeholders():
    assert [(kind, entry.msgid) for kind, entry in find_problems(polib.pofile(str(CATALOGUE)))] == []


def test_catalogue_has_every_string_of_the_tree():
    call_command("catalogue", check=True)


def test_catalogue_has_one_plural_form():
    metadata = polib.pofile(str(CATALOGUE)).metadata

    assert (metadata["Plural-Forms"], metadata["Language"]) == ("nplurals=1; plural=0;", "zh_Hans")


def test_chinese_says_one_you():
    files = [*NOTICES.glob("*.zh-hans.txt"), *MESSAGES.glob("*.zh-hans.txt")]

    assert [text for text in [*chinese_texts(), *(path.read_text() for path in files)] if "您" in text] == []


@pytest.mark.parametrize("folder", [NOTICES, MESSAGES], ids=name_of)
def test_text_of_a_file_exists_in_both_languages(folder):
    english, chinese = (
        {path.name.split(".")[0] for path in folder.glob(f"*.{language}.txt")}
        for language in ("en", "zh-hans")
    )

    assert english == chinese != set()


def test_short_messages_have_no_word_that_providers_refuse():
    texts = " ".join(path.read_text() for path in MESSAGES.glob("*.txt"))

    assert [word for word in ("兼职", "招募", "招聘", "http", "www") if word in texts] == []


def test_catalogue_sets_chinese_as_it_is_set():
    bare = [re.sub(PLACEHOLDER, "", text) for text in chinese_texts()]

    half_width = rf"{HAN}[,;:!?()]|[,;:!?()]{HAN}|{HAN}\.(?!\w)"
    assert [text for text in bare if re.search(half_width, text)] == []
    no_space = rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9%]{HAN}"
    assert [text for text in bare if re.search(no_space, text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_says_nothing_outside_the_catalogue(path):
    assert path.name == "500.html" or words_outside_translation(path.read_text()) == []


def test_scan_of_templates_finds_bare_words():
    bare = '<p title="Hello">Bare {{ value }}</p>{% include "components/card.html" with title="Card" only %}'

    assert words_outside_translation(bare) == ["Bare", "Hello", "Card"]
    assert words_outside_translation('<p>{% translate "Said" %} 3 dBFS</p>') == []


@pytest.mark.parametrize("app", APPS)
def test_code_says_nothing_outside_the_catalogue(app):
    files = [path for path in {*(ROOT / app).rglob("*.py")} - DESIGN if "migrations" not in path.parts]
    wrong = [f"{name_of(path)}: {text}" for path in files for text in literal_messages(path.read_text())]

    assert wrong == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script_takes_its_words_from_the_page(path):
    code = re.sub(r"^\s*//.*$|/\*.*?\*/", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)

    assert re.findall(r"""["'`][A-Z][a-z]+[ ,.!?…][^"'`\n]*["'`]""", code) == []


@pytest.mark.parametrize("app", APPS[:-1])
def test_names_of_models_and_choices_are_in_chinese(app):
    with translation.override("zh-hans"):
        names = set()
        for model in apps.get_app_config(app).get_models():
            names |= {str(model._meta.verbose_name), str(model._meta.verbose_name_plural)}
            for field in model._meta.get_fields():
                if field.concrete:
                    names.add(str(field.verbose_name))
                    names |= {str(label) for _, label in getattr(field, "choices", None) or ()}

    assert {name for name in names if not re.search(HAN, name)} <= SAME_IN_CHINESE


def test_formats_have_the_same_names_in_both_languages():
    english, chinese = (
        {name for name in vars(module) if name.isupper()} for module in (english_formats, chinese_formats)
    )

    own = {"DATE_FORMAT", "SHORT_DATE_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT"}
    assert english - chinese == own


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_names_a_format_where_languages_order_dates_differently(path):
    used = re.findall(r"\|(?:date|time):[\"']([^\"']+)[\"']", path.read_text())

    named = [name for name in used if name.endswith("_FORMAT")]
    assert [name for name in named if formats.get_format(name, lang="zh-hans") == name] == []
    # A calendar's leaf shows the month, the day and the weekday each on its own.
    plain = [text for text in used if text not in named and text not in {"F", "M", "N", "D", "j", "c"}]
    assert [text for text in plain if re.search(r"[DlFMNjSPfa]", text)] == []


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh-Hans", "zh-hans"),
        ("zh", "zh-hans"),
        # Simplified Chinese is nearer to these readers than English.
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh-Hant-HK", "zh-hans"),
        ("fr,zh;q=0.5", "zh-hans"),
        ("en-GB,zh;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_page_speaks_the_language_that_the_browser_asks_for(client, db, asked, given):
    page = client.get(reverse("home"), headers={"accept-language": asked})

    assert f'<html lang="{given}"' in page.content.decode()


def test_switch_keeps_the_chosen_language_against_the_browser(client, db):
    asks_for_chinese = {"accept-language": "zh-CN"}
    assert "登录" in client.get(reverse("home"), headers=asks_for_chinese).content.decode()

    answer = client.post(reverse("set_language"), {"language": "en", "next": "/"}, headers=asks_for_chinese)

    assert (answer.status_code, answer.url) == (302, "/")
    assert "Sign in" in client.get(reverse("home"), headers=asks_for_chinese).content.decode()


def test_switch_ignores_a_language_that_we_do_not_speak(client, db):
    client.post(reverse("set_language"), {"language": "xx", "next": "/"})

    assert '<html lang="en"' in client.get(reverse("home")).content.decode()
