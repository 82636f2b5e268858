import pytest

from accounts.spreadsheets import safe_cell


@pytest.mark.parametrize("start", list("=+-@|%\t\r\n＝＋－＠｜％"))
def test_safe_cell_neutralises_what_begins_a_formula(start):
    assert safe_cell(start + "1+1") == "'" + start + "1+1"
    assert safe_cell("　" + start + "1") == "'　" + start + "1"


@pytest.mark.parametrize("text", ["", "林小雨", "a=b", "6222", "买买提·艾力", "O'Neill"])
def test_safe_cell_leaves_the_rest(text):
    assert safe_cell(text) == text
