"""WeCom's API: messages of an application to a member, a group's webhook, and the late answer of a robot."""

import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from bot.client.errors import ApiError, Unknown, Unsent, check
from bot.client.tokens import Tokens
from bot.client.transport import Transport, decoded, opened, sent
from bot.client.wechat import store
from bot.config import Config

OFFICIAL = "https://qyapi.weixin.qq.com"
REPEATED = 1800  # seconds within which the platform drops the same content to the same member
A_MINUTE = 60.0
MARKDOWN_BYTES = 4096
INVALID = 81013


class Corp:
    """One application. Raises ApiError, Unsent, Unknown."""

    def __init__(self, agent_id: int, transport: Transport):
        self._agent_id = agent_id
        self._transport = transport

    def say(self, userid: str, text: str) -> str:
        """A text to one member; the same again within half an hour is not shown twice. The message's id."""
        body = {
            "touser": userid,
            "msgtype": "text",
            "agentid": self._agent_id,
            "text": {"content": text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": REPEATED,
        }
        answer = self._transport.call("POST", "/cgi-bin/message/send", body)
        if userid in str(answer.get("invaliduser") or "").split("|"):
            raise ApiError(INVALID, "not a member who may see the application")
        return str(answer.get("msgid", ""))

    def close(self) -> None:
        self._transport.http.close()


class Group:
    """A group's webhook; the key in its address is the whole secret. For digests, never for one person's matters."""

    def __init__(self, http: httpx.Client, key: str, limit: int, clock: Callable[[], float] = time.monotonic):
        self._http = http
        self._key = key
        self._limit = limit
        self._clock = clock
        self._sent: deque[float] = deque()

    def say(self, text: str, mentions: list[str] | None = None) -> None:
        """A text, with members called by id. Raises Unsent when this minute's messages are used up: try again later."""
        self._post({"msgtype": "text", "text": {"content": text, "mentioned_list": mentions or []}})

    def digest(self, markdown: str) -> None:
        """Markdown of at most 4096 bytes; what is more is left out at a line's end."""
        self._post({"msgtype": "markdown", "markdown": {"content": whole_lines(markdown, MARKDOWN_BYTES)}})

    def _post(self, body: dict[str, object]) -> None:
        now = self._clock()
        while self._sent and now - self._sent[0] >= A_MINUTE:
            self._sent.popleft()
        if len(self._sent) >= self._limit:
            raise Unsent("this minute's messages to the group are used up")
        self._sent.append(now)
        check(decoded(sent(self._http, "POST", "/cgi-bin/webhook/send", params={"key": self._key}, json=body)))


def whole_lines(text: str, limit: int) -> str:
    if len(text.encode()) <= limit:
        return text
    return text.encode()[:limit].decode(errors="ignore").rpartition("\n")[0]


def respond(http: httpx.Client, address: str, markdown: str) -> None:
    """The one late answer to a robot's message. `address` comes with the message: followed to our host alone."""
    if urlsplit(address).hostname != http.base_url.host:
        raise ApiError(40058, "a response address on a strange host")
    body = {"msgtype": "markdown", "markdown": {"content": markdown}}
    check(decoded(sent(http, "POST", address, json=body)))


def corp_token(http: httpx.Client, corp_id: str, secret: str) -> tuple[str, float]:
    """(token, seconds); asking again gives the same one. Raises ApiError, Unsent."""
    try:
        answer = check(
            decoded(sent(http, "GET", "/cgi-bin/gettoken", params={"corpid": corp_id, "corpsecret": secret}))
        )
    except Unknown as error:
        raise Unsent(f"no token: {error}") from None
    return str(answer["access_token"]), float(answer["expires_in"])


def http_of(config: Config, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    push = config.push
    base = config.wecom.api_base or OFFICIAL
    return opened(base, connect=push.connect_seconds, answer=push.answer_seconds, width=push.width, transport=transport)


def build(
    config: Config,
    *,
    http: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Corp:
    """The application of a deployment; `http` replaces the network in tests."""
    wecom = config.wecom
    client = http_of(config, http)
    kept = store(config, f"{wecom.corp_id}:{wecom.agent_id}")
    tokens = Tokens(kept, lambda: corp_token(client, wecom.corp_id, wecom.secret.get_secret_value()), clock)
    return Corp(wecom.agent_id, Transport(client, tokens, tries=config.push.busy_tries, sleep=sleep))


def group(
    config: Config,
    key: str,
    *,
    http: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Group:
    """The webhook of that key."""
    return Group(http_of(config, http), key, config.push.group_per_minute, clock)
