"""WeChat's envelope: fixed vectors, and every hostile or odd body answered cleanly."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wechat import BadCallback, Callback, clean, key
from handlers.skill import Message
from tests import account

PLAIN = Callback(account.TOKEN, "", account.APP_ID, 300)
SAFE = Callback(account.TOKEN, account.AES_KEY, account.APP_ID, 300)
# WxJava weixin-java-common, WxCryptUtilTest.java (Apache-2.0): fixed random prefix.
VECTOR = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="


def test_fixed_cipher_vector_of_wxjava() -> None:
    assert account.seal("我是中文abcd123", prefix=b"aaaabbbbccccdddd") == VECTOR
    assert SAFE._crypto is not None
    stamp = str(int(time.time()))
    signature = account.sign(account.TOKEN, stamp, "n", VECTOR)
    assert SAFE._crypto.decrypt_message({"Encrypt": VECTOR}, signature, stamp, "n") == "我是中文abcd123"


def test_fixed_signature_vector_of_wxjava() -> None:
    assert account.sign("123", "345") == "9f537aeb751ec72605f57f94a2f6dc3e3958e1dd"


def test_verification_answers_the_raw_echo() -> None:
    query = account.plain("").params | {"echostr": "5838479218"}
    assert SAFE.verify(query) == "5838479218"


@pytest.mark.parametrize("callback", [PLAIN, SAFE], ids=["plain", "safe"])
def test_a_message_arrives_whole(callback: Callback) -> None:
    wrap = account.plain if callback is PLAIN else account.safe
    request = wrap(account.message("o1", at=1_700_000_000, Content="明天开会 ]]> <b>"))
    envelope = callback.read(request.params, request.content)
    assert envelope.message is not None
    assert envelope.message.text == "明天开会 ]]> <b>"
    assert envelope.message.at.isoformat() == "2023-11-15T06:13:20+08:00"
    assert account.content(callback.write(envelope, "好的 ]]> \x0b完")) == "好的 ]] > 完"


def refuse(callback: Callback, request: account.Request) -> int:
    with pytest.raises(BadCallback) as bad:
        callback.read(request.params, request.content)
    return bad.value.status


def test_a_wrong_signature_is_refused() -> None:
    request = account.plain(account.message(Content="x"))
    assert refuse(PLAIN, account.Request(request.params | {"signature": "0" * 40}, request.content)) == 403
    assert refuse(PLAIN, account.Request({}, request.content)) == 403


def test_an_old_timestamp_is_refused() -> None:
    stamp = str(int(time.time()) - 301)
    params = {"timestamp": stamp, "nonce": "1", "signature": account.sign(account.TOKEN, stamp, "1")}
    assert refuse(PLAIN, account.Request(params, account.message(Content="x").encode())) == 403


def test_safe_mode_refuses_a_plain_body() -> None:
    request = account.plain(account.message(Content="x"))
    assert refuse(SAFE, request) == 403


def test_safe_mode_reads_only_the_sealed_copy() -> None:
    request = account.safe(account.message("o1", Content="真的"))
    mixed = request.content.replace(b"<Encrypt>", b"<Content>forged</Content><Encrypt>")
    envelope = SAFE.read(request.params, mixed)
    assert envelope.message is not None
    assert envelope.message.text == "真的"


def test_an_altered_cipher_is_refused() -> None:
    request = account.safe(account.message(Content="x"))
    altered = request.content.replace(b"<Encrypt>", b"<Encrypt>A")
    assert refuse(SAFE, account.Request(request.params, altered)) == 403


HOSTILE = [
    "", "<", "<xml/>", "<xml></xml>", "not xml", "<xml><MsgType>text</MsgType></xml>", "{}", "<a><b/></a>",
    "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><CreateTime>abc</CreateTime></xml>",
    "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><CreateTime>99999999999999999</CreateTime></xml>",
    "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><CreateTime>-1</CreateTime></xml>",
    "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><CreateTime>4133980800</CreateTime></xml>",
    "<xml><FromUserName>a</FromUserName><FromUserName>b</FromUserName><CreateTime>1</CreateTime></xml>",
    "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime>" + "<a>" * 9 + "</a>" * 9 + "</xml>",
    '<!DOCTYPE x [<!ENTITY a "b">]><xml><FromUserName>&a;</FromUserName></xml>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><FromUserName>&a;</FromUserName></xml>',
    "<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>",
    "<xml><MsgType>" + "<a>" * 3000 + "</a>" * 3000 + "</MsgType><FromUserName>o</FromUserName></xml>",
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused_cleanly(body: str) -> None:
    assert refuse(PLAIN, account.plain(body)) in (400, 403)
    assert refuse(SAFE, account.safe(body)) in (400, 403)


def test_an_unknown_type_is_of_no_concern() -> None:
    request = account.plain(account.message(MsgType="hologram"))
    assert PLAIN.read(request.params, request.content).message is None


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_body_raises_anything_else(body: bytes) -> None:
    request = account.plain("")
    with contextlib.suppress(BadCallback):
        PLAIN.read(request.params, body)


def arrived(**fields: str) -> Message:
    request = account.plain(account.message("o1", None, **fields))
    message = PLAIN.read(request.params, request.content).message
    assert message is not None
    return message


@pytest.mark.parametrize("north", ["north", "nan", "inf", "1e308", "91", ""])
def test_a_place_that_is_nowhere_has_no_coordinates(north: str) -> None:
    message = arrived(MsgType="location", Location_X=north, Location_Y="121.1", Label="梅园社区")
    assert (message.latitude, message.longitude, message.text) == (None, None, "梅园社区")
    there = arrived(MsgType="location", Location_X="31.45", Location_Y="121.1", Label="")
    assert (there.latitude, there.longitude) == (31.45, 121.1)


def test_what_fits_no_column_is_left_out() -> None:
    message = arrived(MsgType="image", PicUrl="http://x/" + "y" * 400, MediaId="m" * 201)
    assert (message.url, message.media_id) == (None, None)
    assert arrived(MsgType="voice", MediaId="narrow", MediaId16K="wide").media_id == "wide"


def test_the_signature_alone_is_remembered() -> None:
    """Whatever the nonce holds: it has no say in which request this was, and no place in a column."""
    stamp, nonce = str(int(time.time())), "n" * 3000
    signature = account.sign(account.TOKEN, stamp, nonce)
    params = {"timestamp": stamp, "nonce": nonce, "signature": signature}
    message = PLAIN.read(params, account.message(Content="x").encode()).message
    assert message is not None
    assert message.signature == signature


@pytest.mark.parametrize("stamp", ["9" * 5000, "9" * 400, "-1", "\u0661\u0667", "abc", "", "\u00b2"])
def test_a_timestamp_that_is_none_is_stale(stamp: str) -> None:
    params = {"timestamp": stamp, "nonce": "1", "signature": account.sign(account.TOKEN, stamp, "1")}
    assert refuse(PLAIN, account.Request(params, account.message(Content="x").encode())) == 403


def test_without_a_token_nobody_is_believed() -> None:
    open_door = Callback("", "", "", 300)
    stamp = str(int(time.time()))
    params = {"timestamp": stamp, "nonce": "1", "signature": account.sign("", stamp, "1")}
    assert refuse(open_door, account.Request(params, account.message(Content="x").encode())) == 403
    with pytest.raises(BadCallback):
        open_door.verify(params)


@pytest.mark.parametrize("callback", [PLAIN, SAFE], ids=["plain", "safe"])
def test_cleaning_never_makes_a_reply_too_long(callback: Callback) -> None:
    wrap = account.plain if callback is PLAIN else account.safe
    request = wrap(account.message("o1", Content="x"))
    envelope = callback.read(request.params, request.content)
    said = account.content(callback.write(envelope, "]]>" * 681 + "完"))
    assert said.endswith("完")
    assert len(said.encode()) <= 2048


def test_messages_without_a_number_are_told_apart_by_what_they_say() -> None:
    common = {"FromUserName": "o", "ToUserName": "a", "CreateTime": "1", "MsgType": "text"}
    for number in ({}, {"MsgId": "0"}, {"MsgId": " "}):
        one, two = ({**common, **number, "Content": text} for text in "甲乙")
        assert key(one) != key(two)
        assert key(one) == key(dict(one))
    assert key({**common, "MsgId": "7", "Content": "甲"}) == key({**common, "MsgId": "7", "Content": "乙"})


def test_a_key_tells_nobody_who_it_was() -> None:
    assert "oSECRET" not in key({"FromUserName": "oSECRET", "ToUserName": "a", "MsgType": "text", "MsgId": "7"})


def test_answers_to_popups_of_one_second_are_two_events() -> None:
    common = {"FromUserName": "o", "ToUserName": "a", "CreateTime": "1", "MsgType": "event", "Event": "popup"}
    one, two = ({**common, "Popup": {"List": {"TemplateId": name}}} for name in "TU")
    assert key(one) != key(two)
    assert key(one) == key({**one, "Ticket": "t"})


def test_events_of_one_second_have_keys_of_their_own() -> None:
    common = {"FromUserName": "o", "ToUserName": "a", "CreateTime": "1", "MsgType": "event"}
    keys = {
        key({**common, "Event": "subscribe"}),
        key({**common, "Event": "CLICK", "EventKey": "a"}),
        key({**common, "Event": "CLICK", "EventKey": "b"}),
        key({**common, "Event": "TEMPLATESENDJOBFINISH", "MsgID": "1"}),
        key({**common, "Event": "TEMPLATESENDJOBFINISH", "MsgID": "2"}),
    }
    assert len(keys) == 5


@given(st.text())
def test_clean_text_always_fits_into_xml(text: str) -> None:
    import xml.etree.ElementTree as ET

    ET.fromstring(f"<a><![CDATA[{clean(text)}]]></a>")
