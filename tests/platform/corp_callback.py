"""The callback of a 企业微信 self-built application: encrypted echostr, corpid as receiver, AgentID in every body."""

import asyncio
import secrets
from typing import Any

import httpx

from tests.platform.bodies import to_xml
from tests.platform.callback import WechatServer
from tests.platform.crypto import Cryptor
from tests.platform.world import World


class CorpServer(WechatServer):
    """Posts as 企业微信 does, for one application; always encrypted. Otherwise as WechatServer."""

    def __init__(
        self, world: World, url: str, client: httpx.AsyncClient, *, token: str, aes_key: str, agent: int, **more: Any
    ) -> None:
        super().__init__(world, url, client, mode="safe", **more)
        self.agent = agent
        self.cryptor = Cryptor(token, aes_key, world.corp.corp_id)

    async def verify(self) -> bool:
        """The bot must decrypt the echostr and return the text alone."""
        echo = str(secrets.randbelow(10**19))
        sealed = self.cryptor.encrypt(echo.encode())
        try:
            get = self.client.get(next(self.urls), params={**self.signed(sealed), "echostr": sealed})
            answer = await asyncio.wait_for(get, self.deadline)
        except (TimeoutError, httpx.HTTPError):
            return False
        return answer.status_code == 200 and answer.content == echo.encode()

    def head(self, openid: str) -> dict[str, Any]:
        return {**super().head(openid), "ToUserName": self.world.corp.corp_id, "AgentID": self.agent}

    def wrap(self, fields: dict[str, Any]) -> tuple[bytes, str]:
        sealed = self.cryptor.encrypt(to_xml(fields).encode())
        outer = {"ToUserName": fields["ToUserName"], "AgentID": self.agent, "Encrypt": sealed}
        return to_xml(outer).encode(), sealed

    def signed(self, encrypted: str = "") -> dict[str, str]:
        stamp, nonce = str(int(self.stamp())), str(secrets.randbelow(10**10))
        return {"msg_signature": self.cryptor.sign(stamp, nonce, encrypted), "timestamp": stamp, "nonce": nonce}

    def address(self, openid: str) -> dict[str, str]:
        """企业微信 puts no openid into the address."""
        return {}
