import csv
import io

import pytest

from payments.files import (
    FileRefused,
    PayoutRow,
    alipay_file,
    bank_file,
    write_csv,
    yuan,
)


def row(**fields):
    return PayoutRow(
        **(
            {
                "number": "D20260302ABC",
                "holder_name": "林小雨",
                "account": "6222021001116245702",
                "bank_name": "工商银行",
                "amount_fen": 280_05,
            }
            | fields
        )
    )


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (300_00, "300.00"), (-60_05, "-60.05")]
)
def test_yuan_writes_two_decimals(fen, text):
    assert yuan(fen) == text


def test_bank_file_is_utf8_with_bom_and_whole_numbers_of_accounts():
    content = bank_file([row(), row(holder_name="=cmd|' /C calc'!A0", account="0012345678901234567")])

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [
        ["收款方名称", "收款方账号", "收款方开户行名称", "收款行联行号", "金额", "附言/用途"],
        ["林小雨", "6222021001116245702", "工商银行", "", "280.05", "D20260302ABC"],
        ["'=cmd|' /C calc'!A0", "0012345678901234567", "工商银行", "", "280.05", "D20260302ABC"],
    ]
    assert b'"6222021001116245702"' in content


def test_alipay_file_is_the_template_in_gbk():
    content = alipay_file([row(account="lin@example.com"), row(account="13800138000", amount_fen=1)])

    assert content.decode("gbk").split("\r\n") == [
        "支付宝批量付款文件模板（前面两行请勿删除）",
        "序号（必填）,收款方支付宝账号（必填）,收款方姓名（必填）,金额（必填，单位：元）,备注（选填）",
        "1,lin@example.com,林小雨,280.05,D20260302ABC",
        "2,13800138000,林小雨,0.01,D20260302ABC",
        "",
    ]


def test_alipay_file_refuses_what_gbk_cannot_carry():
    with pytest.raises(FileRefused) as refused:
        alipay_file([row(holder_name="林𠮷")])
    assert refused.value.code == "unencodable"
    assert refused.value.params == {"character": "𠮷"}


def test_write_csv_ends_lines_for_every_spreadsheet():
    assert write_csv([["a", 'b"c'], ["d,e", ""]], encoding="utf-8") == b'a,"b""c"\r\n"d,e",\r\n'
