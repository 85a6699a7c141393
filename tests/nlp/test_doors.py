"""doors: every spelling of a door ends in one normal form, and counts of buildings are no doors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.doors import find_doors

DOORS = {
    "3号楼2单元501跟401因为漏水": ("3号楼2单元501", "3幢2单元501室"),
    "三栋二单元五零一": ("三栋二单元五零一", "3幢2单元501室"),
    "三栋二单元五楼": ("三栋二单元五楼", "3幢2单元5层"),
    "地点 康乐社区15幢303 类型": ("15幢303", "15幢303室"),
    "住3-2-501的": ("3-2-501", "3幢2单元501室"),
    "三杠二杠五零一": ("三杠二杠五零一", "3幢2单元501室"),
    "7-801漏水": ("7-801", "7幢801室"),
    "6号楼楼道里停了三辆": ("6号楼", "6幢"),
    "十二栋的张阿姨": ("十二栋", "12幢"),
    "7幢一楼": ("7幢一楼", "7幢1层"),
    "8号楼3层": ("8号楼3层", "8幢3层"),
    "3幢负一楼": ("3幢负一楼", "3幢-1层"),
    "11幢南面": ("11幢", "11幢"),
    "88弄12号": ("88弄12号", "88弄12号"),
    "老街八弄": ("八弄", "8弄"),
    "88弄12号301室": ("88弄12号301室", "88弄12号301室"),
    "A座3层": ("A座3层", "A幢3层"),
    "b栋1203": ("b栋1203", "B幢1203室"),
    "3#501": ("3#501", "3幢501室"),
    "3楼2单元501": ("3楼2单元501", "3幢2单元501室"),
    "3号楼东单元201": ("3号楼东单元201", "3幢东单元201室"),
    "3幢2单元5楼501": ("3幢2单元5楼501", "3幢2单元501室"),
    "二十三幢一百零二室": ("二十三幢一百零二室", "23幢102室"),
    "梅园小区5号202室": ("5号202室", "5号202室"),
    "黄桥村5组12号": ("5组12号", "5组12号"),
    "3号楼100人": ("3号楼", "3幢"),
    "1号楼2021年": ("1号楼", "1幢"),
    "2单元501": ("2单元501", "2单元501室"),
    "501室门口": ("501室", "501室"),
}
NO_DOORS = [
    "三楼会议室",
    "从5楼甩电线",
    "一栋楼着火",
    "两栋楼",
    "共12幢楼",
    "一座桥",
    "2026-11-24",
    "138-1234-5678",
    "0512-53521234",
    "100-200人",
    "8-10点",
    "6:30-8:30",
    "10月8号",
    "9号下午2点",
    "第3幢",
    "6号线",
    "太备2024-CX-0012",
    "弄堂",
    "不要弄",
    "501",
    "3月5号",
    "周一至周五9-11",
]


@pytest.mark.parametrize(("text", "expected"), DOORS.items())
def test_door(text: str, expected: tuple[str, str]) -> None:
    door = find_doors(text)[0]
    assert (text[door.start : door.end], door.building) == expected


@pytest.mark.parametrize("text", NO_DOORS)
def test_no_door(text: str) -> None:
    assert find_doors(text) == []


def test_two_doors() -> None:
    assert [door.building for door in find_doors("3号楼到7号楼")] == ["3幢", "7幢"]


@given(st.text(max_size=40) | st.text("0123456789-三栋幢号楼单元室弄组层座AB #杠", max_size=25))
def test_spans_are_ordered_and_inside(text: str) -> None:
    doors = find_doors(text)
    ends = [0, *(door.end for door in doors)]
    for door, before in zip(doors, ends, strict=False):
        assert before <= door.start < door.end <= len(text)
        assert door.building
