"""What would let a stranger get in touch is found in what people write; what merely sounds like it is left alone."""

import pytest

from scheduling.contacts import find_contact


@pytest.mark.parametrize(
    "text",
    [
        "打给我 13800138000",
        "138-0013-8000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "１３８００１３８０００",
        "一三八零零一三八零零零",
        "幺三八 零零幺三 八零零零",
        "138，0013，8000",
        "+86 138 0013 8000",
        "028 8612 3456",
    ],
)
def test_number_is_found_however_it_is_written(text):
    assert find_contact(text) == "phone"


@pytest.mark.parametrize(
    "text",
    [
        "微信 linxiaoyu",
        "微信：lin_xiaoyu98",
        "加V: xiaoyu1998",
        "vx xiaoyu",
        "薇信号 abcd1234",
        "wechat: linyu",
        "QQ 123456",
        "微信同号",
        "wxid_8d7s6f5",
        "找我 lin_yu_98",
    ],
)
def test_account_is_found(text):
    assert find_contact(text) == "account"


@pytest.mark.parametrize("text", ["lin@example.org", "https://t.cn/abc", "www.lin", "看 xiaoyu.com"])
def test_address_is_found(text):
    assert find_contact(text) == "address"


@pytest.mark.parametrize(
    "text",
    [
        "喜欢电影、做饭，话很多",
        "3月5日 18:00 以后都可以",
        "2026-03-05 之后有空",
        "80 分钟我能聊 10 个话题",
        "一二三线城市我都住过",
        "最近在看关于微信的书",
        "I like films, cooking and well-known jokes.",
        "Born in 1998, moved 3 times",
        "",
    ],
)
def test_harmless_words_are_left_alone(text):
    assert find_contact(text) == ""
