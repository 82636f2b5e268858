import pytest

from recordings.ranges import Part, Unsatisfiable, find_part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", None),
        ("bytes=0-", Part(0, 99)),
        ("bytes=0-0", Part(0, 0)),
        ("bytes=10-19", Part(10, 19)),
        ("bytes=99-", Part(99, 99)),
        ("bytes=90-1000", Part(90, 99)),
        ("bytes=-10", Part(90, 99)),
        ("bytes=-1000", Part(0, 99)),
        ("bytes = 1 - 2", Part(1, 2)),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,4-5", None),
        ("bytes=a-b", None),
        ("seconds=0-1", None),
        ("bytes=0-1x", None),
        (f"bytes={'9' * 5000}-", None),
        ("bytes=٣-", None),
    ],
)
def test_range_header_names_a_part(header, part):
    assert find_part(header, size=100) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_range_behind_the_end_cannot_be_satisfied(header, size):
    with pytest.raises(Unsatisfiable):
        find_part(header, size=size)
