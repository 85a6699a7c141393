"""The platform's client: tokens shared and renewed once, no secret in any error, files without their owner's traces."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import redis
from PIL import Image

from bot.client import errors, media
from bot.client.errors import ApiError, Unknown, Unsent, redact
from bot.client.tokens import Memory, Shared, Tokens
from bot.client.transport import Transport, opened
from bot.client.wechat import Visitor, WeChat, build
from tests.bot.wire import Bridge, configured
from tests.platform import faults
from tests.platform.faults import errcode
from tests.platform.world import World

SEND = "/cgi-bin/message/custom/send"
LIMIT = 1_000_000


@pytest.fixture
def world() -> World:
    made = World()
    made.add_person("resident")
    made.trigger("resident", "message")
    return made


@pytest.fixture
def client(world: World) -> Iterator[WeChat]:
    made = build(configured(world), http=Bridge(world), clock=world.clock.now, sleep=lambda _: None)
    yield made
    made.close()


def answering(handler: httpx.MockTransport, tries: int = 3) -> Transport:
    http = opened("http://api", connect=1, answer=1, width=1, transport=handler)
    return Transport(http, Tokens(Memory(), lambda: ("token-value-123456", 7200.0)), tries=tries, sleep=lambda _: None)


def test_text_leaves_as_plain_utf8(world: World, client: WeChat) -> None:
    client.say("resident", "您好\U0001f600“引号”\n第二行")
    assert world.people["resident"].texts() == ["您好\U0001f600“引号”\n第二行"]


def test_no_escapes_in_the_body() -> None:
    bodies: list[bytes] = []

    def keep(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, json={"errcode": 0})

    answering(httpx.MockTransport(keep)).call("POST", SEND, {"text": "汉字"})
    assert bodies == ['{"text": "汉字"}'.encode()]


def test_wechatpys_methods_work_on_our_transport(world: World, client: WeChat) -> None:
    client.message.send_text("resident", "一")
    assert world.people["resident"].texts() == ["一"]
    with pytest.raises(ApiError) as refused:
        client.message.send_text("stranger", "二")
    assert refused.value.errcode == 40003
    assert refused.value.rid


def test_the_token_is_fetched_once_and_kept(world: World, client: WeChat) -> None:
    for _ in range(3):
        client.typing("resident")
        client.typing("resident", on=False)
    assert world.tokens.stable_fetches == 1


def test_an_expired_token_is_renewed_before_it_is_refused(world: World, client: WeChat) -> None:
    client.say("resident", "一")
    world.clock.skip(7000)
    client.say("resident", "二")
    assert world.tokens.stable_fetches == 2
    assert not world.errcodes()[42001]


def test_a_revoked_token_is_renewed_once_and_the_call_repeated(world: World, client: WeChat) -> None:
    client.say("resident", "一")
    world.clock.skip(60)
    world.tokens.revoke()
    client.say("resident", "二")
    assert world.people["resident"].texts() == ["一", "二"]
    assert world.errcodes()[40001] == 1


def test_a_token_refused_for_ever_ends_in_an_error_not_in_a_storm(world: World, client: WeChat) -> None:
    world.faults.burst(errcode(40001), times=100, path=SEND)
    with pytest.raises(ApiError) as refused:
        client.say("resident", "一")
    assert refused.value.errcode == 40001
    assert world.errcodes()[40001] == 2
    assert world.tokens.stable_fetches == 1, "a token just fetched is not fetched again"


def test_a_busy_platform_is_asked_three_times(world: World, client: WeChat) -> None:
    world.faults.burst(faults.BUSY, times=2, path=SEND)
    client.say("resident", "一")
    world.faults.burst(faults.BUSY, times=3, path=SEND)
    with pytest.raises(ApiError):
        client.say("resident", "二")
    assert world.people["resident"].texts() == ["一"]


@pytest.mark.parametrize("fault", [faults.SLOW, faults.RESET, faults.HALF, faults.Outcome("http", code=502)])
def test_a_lost_answer_is_unknown_and_not_repeated(world: World, client: WeChat, fault: faults.Outcome) -> None:
    world.faults.burst(fault, path=SEND)
    with pytest.raises(Unknown):
        client.say("resident", "一")
    assert world.people["resident"].texts() == ["一"]


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_what_never_left_is_unsent(error: type[httpx.HTTPError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no road", request=request)  # type: ignore[call-arg]

    with pytest.raises(Unsent):
        answering(httpx.MockTransport(fail)).call("POST", SEND, {})


def test_without_a_token_nothing_was_sent(world: World, client: WeChat) -> None:
    world.faults.burst(faults.RESET, path="/cgi-bin/stable_token")
    with pytest.raises(Unsent):
        client.say("resident", "一")


def test_no_secret_in_errors_and_logs(world: World, client: WeChat, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.say("resident", "一")
    world.faults.burst(faults.RESET, times=2, path=SEND)
    told = []
    for _ in range(2):
        with pytest.raises(Unknown) as lost:
            client.say("resident", "一")
        told += [repr(lost.value), repr(lost.value.__cause__)]
    world.account.secret = "another"
    with pytest.raises(ApiError) as refused, closing(build(configured(World()), http=Bridge(world))) as wrong:
        wrong.say("resident", "一")
    told.append(repr(refused.value))
    told.append(caplog.text)
    token = next(iter(world.tokens.issued))
    assert not [text for text in told if token in text or World().account.secret in text]


@pytest.mark.parametrize(
    "text",
    [
        "GET https://api/cgi-bin/media/get?access_token=81_abcdefgh&media_id=1",
        '{"appid": "wx", "secret": "81_abcdefgh"}',
        "https://qyapi/cgi-bin/webhook/send?key=81_abcdefgh",
        "corpsecret=81_abcdefgh",
        "response_code=81_abcdefgh",
    ],
)
def test_redaction(text: str) -> None:
    assert "81_abcdefgh" not in redact(text)


def test_redaction_leaves_the_rest() -> None:
    assert redact("errcode: 40001, rid: 66f3bd4d") == "errcode: 40001, rid: 66f3bd4d"


# -- tokens shared by processes ---------------------------------------------------------------------------------------


def test_many_processes_fetch_one_token(redis_server: str) -> None:
    """Four clients, each with a connection and a memory of its own, as four processes would have."""
    world = World()
    world.add_person("resident")
    world.trigger("resident", "message")
    bridge = Bridge(world)
    config = configured(world, redis={"url": redis_server})
    clients = [build(config, http=bridge, clock=world.clock.now) for _ in range(4)]

    def work(client: WeChat) -> None:
        client.typing("resident", on=False)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.tokens.stable_fetches == 1
    world.clock.skip(60)
    world.tokens.revoke()
    for client in clients:
        work(client)
    assert world.tokens.stable_fetches == 2, "one renews, the others read"
    for client in clients:
        client.close()


def test_with_redis_gone_each_keeps_its_own() -> None:
    fetched: list[int] = []
    away = redis.Redis.from_url("unix:///nowhere/redis.sock")

    def fetch() -> tuple[str, float]:
        fetched.append(1)
        return "token", 7200.0

    tokens = Tokens(Shared(away, "wx"), fetch)
    assert [tokens.get(), tokens.get()] == ["token", "token"]
    assert len(fetched) == 1


# -- the rest of the surface ------------------------------------------------------------------------------------------


def test_menu_goes_and_comes_back(client: WeChat) -> None:
    assert client.current_menu() is None
    client.push_menu({"button": [{"type": "click", "name": "帮助", "key": "chat.help"}]})
    menu = client.current_menu()
    assert menu is not None
    assert "帮助" in json.dumps(menu, ensure_ascii=False)


def test_qr_carries_a_scene(world: World, client: WeChat) -> None:
    assert client.qr("bind-x7").startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=")
    assert world.qrcodes.has("bind-x7")


def photo() -> bytes:
    image = Image.new("RGB", (40, 20), "red")
    exif = image.getexif()
    exif[0x0112] = 6  # turn right
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"SecretComment")
    return out.getvalue()


def test_photos_lose_their_traces_and_stand_upright(world: World, client: WeChat, tmp_path: Path) -> None:
    assert b"SecretCamera" in photo()
    kept = world.media.add("image", photo(), "image/jpeg", "x.jpg")
    got = client.download(kept.id, LIMIT)
    assert got.suffix == ".jpg"
    assert b"Secret" not in got.data
    name = media.store(got, tmp_path / "media")
    with Image.open(tmp_path / "media" / name) as image:
        assert image.size == (20, 40)
        assert not image.getexif()


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("P", "GIF"), ("L", "PNG"), ("1", "PNG"), ("RGB", "WEBP")])
def test_pictures_of_every_kind_survive(mode: str, kind: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, kind)
    assert media.picture(out.getvalue()).data


def test_voice_and_video_come_as_they_are(world: World, client: WeChat) -> None:
    voice = world.media.add("voice", b"#!AMR\nxxxx", "audio/amr", "v.amr")
    speex = world.media.add("voice", b"xxxx", "audio/speex", "v.speex")
    film = world.media.add("video", b"\x00\x00\x00\x18ftypmp42", "video/mp4", "v.mp4")
    got = [client.download(one.id, LIMIT).suffix for one in (voice, speex, film)]
    assert got == [".amr", ".speex", ".mp4"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"<html>no picture", 40004), (b"\xff\xd8\xff\xe0 broken", 40004), (b"x" * 2000, 40006)]
)
def test_what_is_no_file_for_us_is_refused(world: World, client: WeChat, content: bytes, code: int) -> None:
    kept = world.media.add("image", content, "image/jpeg", "x.jpg")
    with pytest.raises(ApiError) as refused:
        client.download(kept.id, 1000)
    assert refused.value.errcode == code


def test_a_file_that_is_gone(world: World, client: WeChat) -> None:
    kept = world.media.add("image", photo(), "image/jpeg", "x.jpg")
    world.clock.skip(4 * 86400)
    with pytest.raises(ApiError) as gone:
        client.download(kept.id, LIMIT)
    assert gone.value.errcode == 40007


def test_a_download_survives_a_revoked_token(world: World, client: WeChat) -> None:
    client.typing("resident")
    world.clock.skip(60)
    world.tokens.revoke()
    kept = world.media.add("image", photo(), "image/jpeg", "x.jpg")
    assert client.download(kept.id, LIMIT).suffix == ".jpg"


def test_a_visitor_is_known_once_and_never_by_a_snapshot(world: World, client: WeChat) -> None:
    assert client.authorize_url("https://bot/me", "s1").endswith("#wechat_redirect")
    grant = code(world, "resident")
    assert client.visitor(grant) == "resident"
    with pytest.raises(ApiError) as used:
        client.visitor(grant)
    assert used.value.errcode in (40029, 40163)
    with pytest.raises(Visitor):
        client.visitor(code(world, "resident", snapshot=True))


def code(world: World, openid: str, *, snapshot: bool = False) -> str:
    """What the platform hands the browser of a person who agrees."""
    from tests.platform.oauth import Grant

    value = f"code-{len(world.oauth.codes)}"
    world.oauth.codes[value] = Grant(openid, "snsapi_base", snapshot, world.clock.now() + 300)
    return value


def test_the_http_library_keeps_addresses_to_itself(caplog: pytest.LogCaptureFixture) -> None:
    errors.quieten()
    logging.getLogger("httpx").warning("GET https://api/?access_token=81_abcdefgh")
    assert "81_abcdefgh" not in caplog.text
