"""The account's access token: one for all processes, renewed by one of them at a time (stable_token, normal mode)."""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import redis

log = logging.getLogger("shezhu.tokens")
EARLY = 300  # seconds before its end a token counts as over: the platform makes a new one then
CALM = 10  # seconds during which a token just fetched is not fetched again, whoever complains about it
LOCK_SECONDS = 15
WAIT = 0.05
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


@dataclass(frozen=True)
class Token:
    """`expires` and `fetched` are seconds since 1970."""

    value: str
    expires: float
    fetched: float


class Store(Protocol):
    """Where the token is kept between calls."""

    def read(self) -> Token | None: ...

    def write(self, token: Token, seconds: float) -> None: ...

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Held by the one who fetches."""
        yield


class Memory:
    """For a deployment of one process."""

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = threading.Lock()

    def read(self) -> Token | None:
        return self._token

    def write(self, token: Token, seconds: float) -> None:
        self._token = token

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._lock:
            yield


class Shared:
    """In Redis, for several processes. With Redis gone each keeps its own: the stable token is the same for all."""

    def __init__(self, client: "redis.Redis", account: str):
        from redis import RedisError  # megabytes that a deployment without Redis does not need

        self._redis: Any = client
        self._gone = RedisError
        self._key = f"shezhu:token:{account}"
        self._own = Memory()

    def read(self) -> Token | None:
        try:
            kept = self._redis.get(self._key)
        except self._gone:
            return self._own.read()
        return Token(**json.loads(kept)) if kept else None

    def write(self, token: Token, seconds: float) -> None:
        self._own.write(token, seconds)
        try:
            self._redis.set(self._key, json.dumps(token.__dict__), ex=max(1, int(seconds)))
        except self._gone:
            log.warning("the token is not shared: redis is gone")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One thread a process, one process of all; a holder that died lets go by itself."""
        with self._own.alone():
            mark = secrets.token_hex(8)
            held = self._take(mark)
            try:
                yield
            finally:
                if held:
                    self._release(mark)

    def _take(self, mark: str) -> bool:
        until = time.monotonic() + LOCK_SECONDS
        while time.monotonic() < until:
            try:
                if self._redis.set(self._key + ":lock", mark, nx=True, px=LOCK_SECONDS * 1000):
                    return True
            except self._gone:
                return False
            time.sleep(WAIT)
        return False

    def _release(self, mark: str) -> None:
        try:
            self._redis.eval(RELEASE, 1, self._key + ":lock", mark)
        except self._gone:
            log.warning("redis is gone; the lock ends by itself")


Fetch = Callable[[], tuple[str, float]]  # (token, seconds it lives)


class Tokens:
    """`fetch` asks the platform; it is called by one thread of one process at a time."""

    def __init__(self, store: Store, fetch: Fetch, clock: Callable[[], float] = time.time):
        self._store = store
        self._fetch = fetch
        self.clock = clock

    def get(self) -> str:
        """A token that is good as far as we know."""
        token = self._store.read()
        if token is not None and self._good(token):
            return token.value
        with self._store.alone():
            token = self._store.read()
            return token.value if token is not None and self._good(token) else self._renewed()

    def renew(self, refused: str, began: float) -> str:
        """After the platform refused `refused` in a call begun at `began`: what others fetched since, or a new one."""
        with self._store.alone():
            token = self._store.read()
            if token is None or not self._good(token):
                return self._renewed()
            if token.value != refused or token.fetched > began or self.clock() - token.fetched < CALM:
                return token.value
            return self._renewed()

    def _good(self, token: Token) -> bool:
        return self.clock() < token.expires - min(EARLY, (token.expires - token.fetched) / 10)

    def _renewed(self) -> str:
        value, seconds = self._fetch()
        now = self.clock()
        self._store.write(Token(value, now + seconds, now), seconds)
        return value
