import json

import pytest

from accounts import sms

pytestmark = pytest.mark.django_db


def message(text="words"):
    return sms.Message(
        to="+8613800138000", template="code", language="en", params={"code": "123456"}, text=text
    )


@pytest.mark.parametrize(("length", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3), (500, 8)])
def test_parts_are_counted_as_the_providers_count_them(length, parts):
    assert sms.count_parts("字" * length) == parts


def test_text_past_500_units_is_refused():
    with pytest.raises(ValueError, match="501"):
        sms.count_parts("字" * 501)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_code_message_is_one_part_with_signature_in_each_language(settings, language):
    settings.SMS_SIGNATURE = "对谈录音"
    text = sms.render_message(
        to="+8613800138000", template="code", language=language, params={"code": "012345"}
    ).text
    assert text.startswith("【对谈录音】")
    assert "012345" in text
    assert sms.count_parts(text) == 1


def test_file_backend_appends_a_line_for_each_message(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    sms.FileBackend().send(message("一"))
    sms.FileBackend().send(message("二"))
    lines = (tmp_path / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["一", "二"]


def test_console_backend_writes_to_standard_output(capsys):
    sms.ConsoleBackend().send(message())
    assert capsys.readouterr().out == "SMS to +8613800138000: words\n"
