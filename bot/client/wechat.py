"""The official account's API: wechatpy's surface on our transport, and what wechatpy lacks."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from wechatpy.client import WeChatClient

from bot.client.errors import ApiError, Unknown, Unsent, check
from bot.client.media import Media, opened_media, video_address
from bot.client.tokens import Memory, Shared, Store, Tokens
from bot.client.transport import Transport, decoded, opened, read, sent
from bot.config import Config

OFFICIAL = "https://api.weixin.qq.com"
AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
SHOW_QR = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
QR_SECONDS = 30 * 86400  # the longest a temporary code may live
NO_MENU = 46003
TRUSTED = (".qq.com", ".qpic.cn", ".weixin.qq.com")


class Visitor(Exception):
    """The openid of a snapshot page: nobody's own, never to be bound."""


class WeChat(WeChatClient):  # type: ignore[misc]
    """`client.message`, `client.menu`, … as wechatpy documents them; each call raises ApiError, Unsent or Unknown."""

    def __init__(self, app_id: str, secret: str, transport: Transport):
        # Not the parent's: it opens a session of its own and keeps tokens by process.
        self.appid = app_id
        self._secret = secret
        self.transport = transport

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """What every method of wechatpy ends in."""
        path = url_or_endpoint if "://" in url_or_endpoint else f"/cgi-bin/{url_or_endpoint}"
        after: Callable[[Any], Any] | None = kwargs.pop("result_processor", None)
        data = kwargs.pop("data", None)
        params = {key: value for key, value in dict(kwargs.pop("params", None) or {}).items() if key != "access_token"}
        files = {"files": kwargs["files"]} if kwargs.get("files") else {}
        answer = self.transport.call(method, path, data, params, **files)
        return after(answer) if after else answer

    # -- what wechatpy cannot say ---------------------------------------------------------------------------------

    def say(self, openid: str, text: str) -> None:
        """One text by customer service."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        self.transport.call("POST", "/cgi-bin/message/custom/send", body)

    def typing(self, openid: str, on: bool = True) -> None:
        """The "is typing" line; costs no message."""
        command = "Typing" if on else "CancelTyping"
        self.transport.call("POST", "/cgi-bin/message/custom/typing", {"touser": openid, "command": command})

    def template_notice(self, openid: str, template_id: str, data: Mapping[str, str], url: str, client_id: str) -> str:
        """A template message, with the platform's guard against a second sending; the id its result will name."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "client_msg_id": client_id,
            "data": wrapped(data),
        }
        if url:
            body["url"] = url
        return str(self.transport.call("POST", "/cgi-bin/message/template/send", body).get("msgid", ""))

    def subscribed_notice(self, openid: str, template_id: str, data: Mapping[str, str], page: str) -> str:
        """A subscription notice; spends one acceptance. The id its result will name, where the platform gives one."""
        body: dict[str, Any] = {"touser": openid, "template_id": template_id, "data": wrapped(data)}
        if page:
            body["page"] = page
        return str(self.transport.call("POST", "/cgi-bin/message/subscribe/bizsend", body).get("msgid", ""))

    def push_menu(self, menu: Mapping[str, Any]) -> None:
        self.transport.call("POST", "/cgi-bin/menu/create", menu)

    def current_menu(self) -> dict[str, Any] | None:
        """None where there is no menu."""
        try:
            return self.transport.call("GET", "/cgi-bin/menu/get")
        except ApiError as error:
            if error.errcode == NO_MENU:
                return None
            raise

    def qr(self, scene: str, seconds: int = QR_SECONDS) -> str:
        """The address of a picture of a temporary code; `scene` is a random token of ours, 1 to 64 signs."""
        body = {
            "action_name": "QR_STR_SCENE",
            "expire_seconds": seconds,
            "action_info": {"scene": {"scene_str": scene}},
        }
        ticket = self.transport.call("POST", "/cgi-bin/qrcode/create", body)["ticket"]
        return f"{SHOW_QR}?{urlencode({'ticket': ticket})}"

    def download(self, media_id: str, limit: int) -> Media:
        """What a user sent, gone after three days. Raises ApiError for gone (40007) and too large (40006)."""
        kind, data = self.transport.download("/cgi-bin/media/get", {"media_id": media_id}, limit)
        if address := video_address(data):
            if not self._ours(address):
                raise ApiError(40007, "a video on a strange host")
            kind, data = read(self.transport.http, address, {}, limit)
        return opened_media(kind, data)

    def _ours(self, address: str) -> bool:
        """Addresses in answers are followed to the platform's own hosts alone."""
        host = urlsplit(address).hostname or ""
        return host == self.transport.http.base_url.host or host.endswith(TRUSTED)

    def close(self) -> None:
        self.transport.http.close()

    # -- who visits a page ----------------------------------------------------------------------------------------

    def authorize_url(self, back: str, state: str) -> str:
        """Where to send a visitor's browser; it comes back to `back` with `code` and `state`."""
        query = {
            "appid": self.appid,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{AUTHORIZE}?{urlencode(query)}#wechat_redirect"

    def visitor(self, code: str) -> str:
        """The openid behind a code. Raises ApiError 40029/40163 for a stale code (start over once), Visitor."""
        params = {"appid": self.appid, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        answer = check(self.transport.once("GET", "/sns/oauth2/access_token", None, params))
        if answer.get("is_snapshotuser"):
            raise Visitor
        return str(answer["openid"])


def wrapped(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {key: {"value": value} for key, value in data.items()}


def stable_token(http: httpx.Client, app_id: str, secret: str) -> tuple[str, float]:
    """(token, seconds). Normal mode: the same token for everybody until it nears its end. Raises ApiError, Unsent."""
    body = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": False}
    try:
        answer = check(decoded(sent(http, "POST", "/cgi-bin/stable_token", json=body)))
    except Unknown as error:
        raise Unsent(f"no token: {error}") from None  # the call that wanted the token never left
    return str(answer["access_token"]), float(answer["expires_in"])


def build(
    config: Config,
    *,
    http: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> WeChat:
    """The client of a deployment; `http` replaces the network in tests."""
    app_id, secret, push = config.wechat.app_id, config.wechat.app_secret.get_secret_value(), config.push
    client = opened(
        config.wechat.api_base or OFFICIAL,
        connect=push.connect_seconds,
        answer=push.answer_seconds,
        width=push.width,
        transport=http,
    )
    tokens = Tokens(store(config, app_id), lambda: stable_token(client, app_id, secret), clock)
    return WeChat(app_id, secret, Transport(client, tokens, tries=push.busy_tries, sleep=sleep))


def store(config: Config, account: str) -> Store:
    if not config.redis.url:
        return Memory()
    from redis import Redis

    return Shared(Redis.from_url(config.redis.url, socket_timeout=2, socket_connect_timeout=2), account)
