"""The simulator's crypto against vectors published by others and against wechatpy.

Vectors: WxJava WxCryptUtilTest and SHA1Test (Apache-2.0), EasyWeChat EncryptorTest and Work/ServerTest (MIT),
wechatpy tests/test_crypto.py (MIT).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from tests.platform.bodies import from_xml, to_xml
from tests.platform.crypto import CryptoError, Cryptor, sign, unpad

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PAM = Cryptor("pamtest", KEY, "wxb11529c136998cb6")
CORP = Cryptor("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
WORK = Cryptor("123456", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a")

SHORT = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
LONG_CLEAR = (
    "<xml><ToUserName><![CDATA[oia2Tj我是中文jewbmiOUlr6X-1crbLOvLw]]></ToUserName><FromUserName>"
    "<![CDATA[gh_7f083739789a]]></FromUserName><CreateTime>1407743423</CreateTime><MsgType><![CDATA[video]]></MsgType>"
    "<Video><MediaId><![CDATA[eYJ1MbwPRJtOvIEabaxHs7TX2D-HV71s79GUxqdUkjm6Gs2Ed1KF3ulAOA9H1xG0]]></MediaId><Title>"
    "<![CDATA[testCallBackReplyVideo]]></Title><Description><![CDATA[testCallBackReplyVideo]]></Description></Video></xml>"
)
LONG = (
    "jn1L23DB+6ELqJ+6bruv23M2GmYfkv0xBh2h+XTBOKVKcgDFHle6gqcZ1cZrk3e1qjPQ1F4RsLWzQRG9udbKWesxlkupqcEcW7ZQweImX9+w"
    "LMa0GaUzpkycA8+IamDBxn5loLgZpnS7fVAbExOkK5DYHBmv5tptA9tklE/fTIILHR8HLXa5nQvFb3tYPKAlHF3rtTeayNf0QuM+UW/wM9en"
    "GIDIJHF7CLHiDNAYxr+r+OrJCmPQyTy8cVWlu9iSvOHPT/77bZqJucQHQ04sq7KZI27OcqpQNSto2OdHCoTccjggX5Z9Mma0nMJBU+jLKJ38"
    "YB1fBIz+vBzsYjrTmFQ44YfeEuZ+xRTQwr92vhA9OxchWVINGC50qE/6lmkwWTwGX9wtQpsJKhP+oS7rvTY8+VdzETdfakjkwQ5/Xka042Ol"
    "Ub1/slTwo4RscuQ+RdxSGvDahxAJ6+EAjLt9d8igHngxIbf6YyqqROxuxqIeIch3CssH/LqRs+iAcILvApYZckqmA7FNERspKA5f8GoJ9sv8"
    "xmGvZ9Yrf57cExWtnX8aCMMaBropU/1k+hKP5LVdzbWCG0hGwx/dQudYR/eXp3P0XxjlFiy+9DMlaFExWUZQDajPkdPrEeOwofJb"
)
HELLO = (
    "rTNFcsut4LfGuAFKEUVVpwcaCOTJzOd9twZdIW910jb3k+iicx2uvhttIZ3Qg9Qgty3BEF2xbOrz6boTfb30dMomcgrkTqdFPwnhqbk+kIQ7"
    "rZiwny9D7NUrTgA5kpX3KsZvrXzUZyP2x9YOlxbgm572lmxKvM7HAQQhIQ/p6HBmoY30bGXFK0BtIu1pW9TjhOYrLQoU18nWYjWqDA1ynkmO"
    "ytpv7QRI1P1+0NoxL0q2zO1DgeSvnE8CZGo/o5Ap/WHK5W2RAsinpzN4/LjPnmB6U01I5XCoJoC0GK/yMZycd2Oh8Nq6+wBkC1U85oy0ktOY"
    "4nLvsQMLrourmMGdZHuTbqpeJ8Ao/5PRYJ+WBvRUwPfGKBL2+2IKZF49vAJqkcGWSHGE76ZN2erXeuNazf/o9o3lIE3q739o4c8t9QGPe31G"
    "T2Go/rOz1BsrASwvauNulCh+++yz+CQzBIuikA=="
)
CORP_HELLO = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvu"
    "JTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwG"
    "c2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9"
    "EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0"
    "lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
WORK_ECHO = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
WORK_CLEAR = (
    "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n"
    "<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n<ToUserName><![CDATA[messense]]></ToUserName>\n"
    "<AgentID>1</AgentID>\n<CreateTime>1411525903</CreateTime>\n</xml>"
)
WORK_SEALED = (
    "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8GqxlhZgURnAtOb"
    "vesEl5nZ+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2Q1qvSUCUld+/WIXrx0oyKQmpB6o8"
    "NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJvFurDXafG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O"
    "5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFYFMNMpatF9XiKzHo3"
)


def test_sha1_sorts_and_joins() -> None:
    assert sign("345", "123") == "9f537aeb751ec72605f57f94a2f6dc3e3958e1dd"


def test_join_has_no_delimiter() -> None:
    assert sign("t", "1700000000", "1892345") == sign("t", "17000000001", "892345")


@pytest.mark.parametrize(("clear", "sealed"), [("我是中文abcd123", SHORT), (LONG_CLEAR, LONG)])
def test_wxjava_vectors(clear: str, sealed: str) -> None:
    assert PAM.encrypt(clear.encode(), b"aaaabbbbccccdddd") == sealed
    assert PAM.decrypt(sealed).decode() == clear


def test_easywechat_signed_message() -> None:
    assert PAM.sign("1458300676", "260774613", HELLO) == "4f3ad57b6989f09f4eb392acce4f9e93942ed890"
    fields = from_xml(PAM.decrypt(HELLO))
    assert (fields["ToUserName"], fields["Content"]) == ("asdasdasd", "hello")


def test_wecom_sample_message() -> None:
    assert CORP.sign("1409659813", "1372623149", CORP_HELLO) == "477715d11cdb4164915debcba66cb864d751f3e6"
    assert from_xml(CORP.decrypt(CORP_HELLO))["Content"] == "hello"


def test_wecom_fixed_random() -> None:
    assert WORK.encrypt(WORK_CLEAR.encode(), b"1234567890123456") == WORK_SEALED
    assert WORK.sign("1411525903", "461056294", WORK_SEALED) == "407518b7649e86ef23978113f92d27afa9296533"
    assert WORK.sign("1411443780", "437374425", WORK_ECHO) == "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96"
    assert WORK.decrypt(WORK_ECHO).isdigit()


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=200))
def test_wechatpy_reads_what_we_seal_and_we_read_what_it_seals(text: str) -> None:
    other = WeChatCrypto("pamtest", KEY, "wxb11529c136998cb6")
    sealed = PAM.encrypt(to_xml({"Content": text}).encode())
    opened = other.decrypt_message({"Encrypt": sealed}, PAM.sign("1", "2", sealed), "1", "2")
    assert from_xml(opened if isinstance(opened, bytes) else opened.encode())["Content"] == text
    reply = from_xml(other.encrypt_message(text, "2", "1").encode())
    assert PAM.decrypt(reply["Encrypt"]).decode() == text
    assert PAM.sign(reply["TimeStamp"], reply["Nonce"], reply["Encrypt"]) == reply["MsgSignature"]


def test_empty_receiver_of_an_internal_bot() -> None:
    bot = Cryptor("t", KEY, "")
    assert bot.decrypt(bot.encrypt("你好".encode())) == "你好".encode()


def test_foreign_receiver_is_refused() -> None:
    with pytest.raises(CryptoError, match="meant for"):
        Cryptor("pamtest", KEY, "wxother").decrypt(SHORT)


@pytest.mark.parametrize("broken", ["", "not base64!", "QUJD", SHORT[:-24], SHORT[24:]])
def test_broken_ciphertext_is_refused(broken: str) -> None:
    with pytest.raises(CryptoError):
        PAM.decrypt(broken)


@pytest.mark.parametrize("tail", [b"\x00", b"\x21" * 33, b"\x03\x02\x03"])
def test_bad_padding_is_refused(tail: bytes) -> None:
    with pytest.raises(CryptoError, match="padding"):
        unpad(b"x" * 40 + tail)


def test_key_of_wrong_length_is_refused() -> None:
    with pytest.raises(CryptoError):
        Cryptor("t", KEY[:-1], "")
