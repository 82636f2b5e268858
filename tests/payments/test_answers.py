import pytest

from payments.answers import MAX_ANSWER_BYTES, Answer, Outcome, read_answers
from payments.files import FileRefused


def code_of(content):
    with pytest.raises(FileRefused) as refused:
        read_answers(content)
    return refused.value.code


def test_read_answers_in_english():
    assert read_answers(
        b"number,result,message,amount\nD1,success,,300.00\nD2,FAILED,No such account,\n"
    ) == [
        Answer("D1", Outcome.SUCCESS, "", 300_00),
        Answer("D2", Outcome.FAILED, "No such account", None),
    ]


def test_read_answers_of_a_chinese_bank_in_gbk():
    text = "\r\n".join(
        [
            "批量付款结果",
            "收款方名称,金额,附言/用途,状态,失败原因",
            '林小雨,"1,280.05",D1,交易成功,',
            "梅朵,￥1,'D2,处理中,",
            ",,,,",
        ]
    )
    assert read_answers(text.encode("gbk")) == [
        Answer("D1", Outcome.SUCCESS, "", 1_280_05),
        Answer("D2", Outcome.UNKNOWN, "", 1_00),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_columns"),
        (b"a,b\n1,2\n", "no_columns"),
        (b"number,result\n", "empty"),
        (b"number,result\n,\n", "empty"),
        (b"number,result\nD1,perhaps\n", "unknown_result"),
        (b"number,result\nD1\n", "unknown_result"),
        (b"number,result,amount\nD1,success,3.005\n", "bad_amount"),
        (b"number,result,amount\nD1,success,-1\n", "bad_amount"),
        (b"number,result,amount\nD1,success,NaN\n", "bad_amount"),
        (b"number,result,amount\nD1,success,1e999999999\n", "bad_amount"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "unreadable"),
        (b"number,result\nD1,\x00success\n", "unreadable"),
        (b'number,result\n"D1,success\n', "unreadable"),
        (b"number,result\n" + b"D1,success\n" * 5_000, "unreadable"),
        (b"x" * (MAX_ANSWER_BYTES + 1), "too_big"),
    ],
)
def test_read_answers_refuses_what_it_cannot_read(content, code):
    assert code_of(content) == code
