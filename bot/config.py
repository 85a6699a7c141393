"""The deployment's settings: config.yaml, overridden by SHEZHU_<SECTION>__<KEY>; frozen, unknown keys refused."""

import base64
import os
import secrets
from datetime import time
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

NAME = 64  # characters of a receiver's name in the database
ROOT = Path(__file__).parent.parent


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSection(Section):
    url: str = "sqlite:///var/shezhu.db"
    width: int = 4


class RedisSection(Section):
    url: str = ""


class WechatSection(Section):
    app_id: str = ""
    app_secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    aes_key: SecretStr = SecretStr("")
    api_base: str = "https://api.weixin.qq.com"
    max_skew: int = 300
    budget: float = 4.0
    max_body: int = 65536
    templates: dict[str, str] = {}
    subscriptions: dict[str, str] = {}


class GroupSection(Section):
    """A group that is told each day about one community, or about a town where none is named."""

    community: str = ""
    town: str = ""
    hour: int = Field(17, ge=0, le=23)
    key: str = ""

    @property
    def name(self) -> str:
        """As the group is known in the outbox."""
        return "/".join(filter(None, (self.town, self.community)))

    @model_validator(mode="after")
    def somewhere(self) -> Self:
        if not 0 < len(self.name) <= NAME:
            raise ValueError(f"a group needs a community or a town, of at most {NAME} characters together")
        return self


class WecomSection(Section):
    corp_id: str = ""
    agent_id: int = 0
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    aes_key: SecretStr = SecretStr("")
    bot_token: SecretStr = SecretStr("")
    bot_aes_key: SecretStr = SecretStr("")
    webhook_key: SecretStr = SecretStr("")
    webhook_keys: dict[str, SecretStr] = {}
    groups: list[GroupSection] = []
    api_base: str = "https://qyapi.weixin.qq.com"


class ServerSection(Section):
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    logs: Literal["", "json", "plain"] = ""


class SecuritySection(Section):
    secret_key: SecretStr = SecretStr("")
    data_key: SecretStr = SecretStr("")


class PushSection(Section):
    """How and when people are told things; limits are the platform's, checked in its console before going live."""

    quiet_from: time = time(21, 30)
    quiet_until: time = time(7, 30)
    digest_hour: int = 8
    digest_greets: int = 3
    window_hours: int = 48
    window_messages: int = 5
    touch_seconds: int = 60
    touch_messages: int = 3
    reserve: int = 2
    template_daily: int = 100_000
    text_bytes: int = 2048
    connect_seconds: float = 3
    answer_seconds: float = 5
    busy_tries: int = 3
    lease_seconds: int = 120
    client_id_seconds: int = 540
    tries: int = 8
    backoff_first: float = 5
    backoff_cap: float = 900
    breaker_failures: int = 10
    breaker_seconds: int = 60
    batch: int = 50
    width: int = 4
    poll_seconds: float = 2
    sweep_hour: int = 6
    long_term: list[str] = []
    fields: dict[str, dict[str, str]] = {}
    page: str = ""
    media_folder: str = "var/media"
    media_bytes: int = 10_000_000
    group_per_minute: int = 20


class Config(BaseSettings):
    """Everything a deployment decides. Raises ValidationError on an unknown key or a bad value."""

    model_config = SettingsConfigDict(env_prefix="SHEZHU_", env_nested_delimiter="__", frozen=True, extra="forbid")
    database: DatabaseSection = DatabaseSection()
    redis: RedisSection = RedisSection()
    wechat: WechatSection = WechatSection()
    wecom: WecomSection = WecomSection()
    server: ServerSection = ServerSection()
    security: SecuritySection = SecuritySection()
    push: PushSection = PushSection()
    policy: dict[str, Any] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = Path(os.environ.get("SHEZHU_CONFIG", ROOT / "config.yaml"))
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, yaml_file=path)


MAKE_KEY = "python3 -c 'import base64,os;print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"


class MissingSecret(RuntimeError):
    """A deployment without a key it cannot do without; the message says which variable to set."""


def keys(config: Config, *, embedded: bool) -> tuple[str, str]:
    """(data key, secret key). The embedded mode makes its own once, for its owner alone; elsewhere they must be set."""
    data, secret = config.security.data_key.get_secret_value(), config.security.secret_key.get_secret_value()
    if data and secret:
        return data, secret
    if not embedded:
        name = "SHEZHU_SECURITY__SECRET_KEY" if data else "SHEZHU_SECURITY__DATA_KEY"
        raise MissingSecret(f"{name} is not set; make one with: {MAKE_KEY}")
    return data or kept_key("data"), secret or kept_key("secret")


def kept_key(name: str) -> str:
    """A key made at the first start and kept under var/."""
    path = Path("var") / f"{name}.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    except FileExistsError:
        pass
    return path.read_text().strip()
