"""The directory file: encodings, spreadsheets, odd cells; upserted whole or not at all."""

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from models import organization, place
from models.base import Database, Session, unseal
from models.directory_file import Outcome, Unreadable, load, read
from models.organization import DISSOLVED, Organization
from models.place import RURAL
from models.settings import directory_revision

HEADER = "组织名称,社区,镇街,类别,管理方式,负责人,联系电话,成员数,备案编号,发证日期,有效期至,简称"
TEAM = "东市社区腰鼓队,东市社区,沙溪镇,文体科教,备案,顾阿姨,0512-53000000,18人,太备2026-SX-0001,2026/3/1,2029年2月28日,腰鼓队、鼓队"  # noqa: E501


def saved(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "directory.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def loaded(db: Session, folder: Path, *lines: str) -> Outcome:
    return load(db, read(saved(folder, *lines)))


def reasons(outcome: Outcome) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.reason) for refusal in outcome.refused]


def team(db: Session, name: str = "东市社区腰鼓队") -> Organization:
    return db.scalars(select(Organization).where(Organization.name == name)).one()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_reads_every_encoding_of_the_contract(tmp_path: Path, encoding: str) -> None:
    rows = read(saved(tmp_path, HEADER, TEAM, encoding=encoding))
    assert [(row.line, row.cells["name"], row.cells["town"]) for row in rows] == [(2, "东市社区腰鼓队", "沙溪镇")]


def test_adds_an_organisation_with_all_its_facts(db: Session, tmp_path: Path) -> None:
    before = directory_revision(db)
    outcome = loaded(db, tmp_path, HEADER, TEAM)
    assert outcome.added == ["沙溪镇东市社区 东市社区腰鼓队"]
    row = team(db)
    assert (row.category, row.management, row.head, row.members) == ("文体科教", "备案", "顾阿姨", 18)
    assert (row.issued_on, row.expires_on, row.aliases) == (date(2026, 3, 1), date(2029, 2, 28), ["腰鼓队", "鼓队"])
    assert unseal(db, row.phone) == "0512-53000000"
    assert directory_revision(db) == before + 1


def test_the_same_file_again_changes_nothing(db: Session, tmp_path: Path) -> None:
    loaded(db, tmp_path, HEADER, TEAM)
    before = directory_revision(db)
    outcome = loaded(db, tmp_path, HEADER, TEAM)
    assert (outcome.added, outcome.changed, outcome.unchanged) == ([], [], 1)
    assert directory_revision(db) == before


def test_says_what_changed_and_leaves_empty_cells_alone(db: Session, tmp_path: Path) -> None:
    loaded(db, tmp_path, HEADER, TEAM)
    outcome = loaded(db, tmp_path, "镇街,社区,组织名称,负责人,联系电话", "沙溪镇,东市社区,东市社区腰鼓队,李芳,")
    assert outcome.changed == [("沙溪镇东市社区 东市社区腰鼓队", ("负责人",))]
    assert (team(db).head, unseal(db, team(db).phone)) == ("李芳", "0512-53000000")


def test_new_towns_and_communities_come_with_their_organisations(db: Session, tmp_path: Path) -> None:
    outcome = loaded(
        db,
        tmp_path,
        "镇街,社区,城乡,组织名称",
        "双凤镇,黄桥村,,黄桥村龙狮队",
        "双凤镇,黄桥村,,",
        "双凤镇,凤中社区,城市,",
    )
    assert outcome.added == ["双凤镇", "双凤镇黄桥村", "双凤镇黄桥村 黄桥村龙狮队", "双凤镇凤中社区"]
    village = place.community_named(db, "黄桥村")
    assert village is not None
    assert village.kind == RURAL


def test_one_bad_line_and_nothing_is_loaded(db: Session, tmp_path: Path) -> None:
    before, revision = organization.count(db), directory_revision(db)
    outcome = loaded(db, tmp_path, HEADER, TEAM, "怪队,东市社区,沙溪镇,旅游,备案,,,,,,,")
    assert reasons(outcome) == [
        (3, "“类别”填的是“旅游”，只能是：公益慈善、居民互助、文体科教、纠纷调处、平安建设、特色")
    ]
    assert outcome.added == []
    assert (organization.count(db), directory_revision(db)) == (before, revision)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (",东市社区,沙溪镇,,备案,,,,,,,", "没有填“组织名称”"),
        ("甲队,,沙溪镇,,,,,,,,,", "“社区”没有填"),
        ("甲队,东市社区,沙溪镇,,代管,,,,,,,", "“管理方式”"),
        ("甲队,东市社区,沙溪镇,,,,,十几个,,,,", "要填整数"),
        ("甲队,东市社区,沙溪镇,,,,找老王,,,,,", "不像电话号码"),
        ("甲队,东市社区,沙溪镇,,,,,,,2026-02-30,,", "“发证日期”"),
        ("甲队,东市社区,沙溪镇,,,,,,,2026-03-01,2025-03-01,", "早于"),
        ("东市社区腰鼓队,东市社区,沙溪镇,,,,,,,,,", "和第2行是同一个组织"),
        ("甲队,东市社区,沙溪镇,,,,,,太备2026-SX-0001,,,", "已经是“东市社区腰鼓队”的"),
        (f"{'长' * 81},东市社区,沙溪镇,,,,,,,,,", "太长"),
    ],
)
def test_refuses_with_line_and_reason(db: Session, tmp_path: Path, cells: str, reason: str) -> None:
    outcome = loaded(db, tmp_path, HEADER, TEAM, cells)
    assert [refusal.line for refusal in outcome.refused] == [3]
    assert reason in outcome.refused[0].reason


def test_a_dissolved_organisation_is_not_revived(db: Session, tmp_path: Path) -> None:
    loaded(db, tmp_path, HEADER, TEAM)
    team(db).status = DISSOLVED
    db.flush()
    assert "已经注销" in loaded(db, tmp_path, HEADER, TEAM).refused[0].reason


def test_a_cell_with_a_line_break_keeps_the_line_numbers_right(db: Session, tmp_path: Path) -> None:
    outcome = loaded(
        db, tmp_path, "镇街,社区,组织名称,备注,成员数", '沙溪镇,东市社区,甲队,"早上\n练",3', "沙溪镇,东市社区,乙队,,多"
    )
    assert [refusal.line for refusal in outcome.refused] == [4]


def test_former_names_lead_to_the_known_place(db: Session, tmp_path: Path) -> None:
    outcome = loaded(db, tmp_path, "镇街,社区,组织名称", "沙溪,东市,东市社区棋友会")
    assert outcome.added == ["沙溪镇东市社区 东市社区棋友会"]


def test_a_spreadsheet_with_title_merged_cells_dates_and_numbers(db: Session, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["太仓市社区社会组织名录(演示)"])
    sheet.append(["序号", "镇街", "社区", "组织名称", "联系电话", "成员数", "有效期至"])
    sheet.append([1, "沙溪镇", "东市社区", "甲队", 13800000000, 12.0, datetime(2029, 2, 28)])
    sheet.append([2, None, None, "乙队", "13900000000", None, "长期"])
    sheet.merge_cells("B3:B4")
    sheet.merge_cells("C3:C4")
    book.save(tmp_path / "名录.xlsx")
    rows = read(tmp_path / "名录.xlsx")
    assert rows.ignored == ("序号",)
    assert load(db, rows).added == ["沙溪镇东市社区 甲队", "沙溪镇东市社区 乙队"]
    assert (team(db, "甲队").members, team(db, "甲队").expires_on, team(db, "乙队").expires_on) == (
        12,
        date(2029, 2, 28),
        None,
    )
    assert unseal(db, team(db, "甲队").phone) == "13800000000"


@pytest.mark.parametrize("lines", [["名称,社区", "甲,乙"], [HEADER]])
def test_a_file_without_header_or_lines_is_not_a_directory(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(Unreadable):
        read(saved(tmp_path, *lines))


def test_a_broken_spreadsheet_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(Unreadable):
        read(tmp_path / "a.xlsx")


def test_loads_into_every_database(database: Database, tmp_path: Path) -> None:
    with database.transaction() as db:
        loaded(db, tmp_path, HEADER, TEAM)
    with database.transaction() as db:
        assert loaded(db, tmp_path, HEADER, TEAM).unchanged == 1
        assert team(db).aliases == ["腰鼓队", "鼓队"]
