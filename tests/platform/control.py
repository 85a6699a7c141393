"""The simulator's own controls under /simulator, for tests and people that reach it over HTTP."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tests.platform.callback import Exchange, WechatServer
from tests.platform.errors import ApiError
from tests.platform.faults import KINDS, EventFaults, Outcome, Rule
from tests.platform.people import LONG_TERM, TRIGGERS
from tests.platform.phone import Phone
from tests.platform.world import World

FACTS = {"following", "blacklisted", "muted", "blocks_templates"}


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonOrder(Order):
    """Add people, or change what is given. `credits`: template id to number (-1 long-term); `triggers` happen now."""

    openids: list[str]
    following: bool = True
    blacklisted: bool = False
    muted: bool = False
    blocks_templates: bool = False
    credits: dict[str, int] = {}
    triggers: list[str] = []


class TemplateOrder(Order):
    id: str
    fields: list[str]
    kind: str = Field("template", pattern="^(template|subscribe)$")


class SkipOrder(Order):
    seconds: float = Field(ge=0)


class FaultOrder(Order):
    """With `probability` from now on, else the next `times` calls; see Outcome for the rest."""

    kind: str = Field(pattern=f"^({'|'.join(KINDS)})$")
    code: int = -1
    seconds: float = 6.0
    done: bool = True
    path: str = "*"
    to: str = "*"
    times: int = 1
    probability: float | None = Field(None, ge=0, le=1)


class EventFaultOrder(Order):
    lost: float = Field(0.0, ge=0, le=1)
    doubled: float = Field(0.0, ge=0, le=1)
    shuffled: bool = False
    unheard: float = Field(0.0, ge=0, le=1)


class SayOrder(Order):
    openid: str
    text: str = ""
    event: str = ""  # follow, unfollow, scan, click, view; `key` is the scene, key or address
    key: str = ""
    copies: int = 1  # more than one: concurrently


def told(exchange: Exchange) -> dict[str, Any]:
    verdict = exchange.verdict
    return {
        "verdict": verdict.kind,
        "text": verdict.text,
        "why": verdict.why,
        "warnings": verdict.warnings,
        "attempts": [
            {"status": one.status, "took": round(one.took, 4), "error": one.error, "text": one.text}
            for one in exchange.attempts
        ],
    }


def create_control(world: World, server: WechatServer | None) -> APIRouter:
    """Routes over `world`; `server` posts to the bot, where one is known."""
    router = APIRouter(prefix="/simulator")

    def posting() -> WechatServer:
        if server is None:
            raise HTTPException(409, "the simulator was started without a callback address")
        return server

    @router.get("/state")
    def state() -> dict[str, Any]:
        return {
            "now": world.clock.now(),
            "people": len(world.people),
            "deliveries": len(world.deliveries),
            "by_channel": Counter(one.channel for one in world.deliveries),
            "duplicates": sum(count - 1 for count in world.duplicates().values()),
            "calls": Counter(call.path for call in world.calls),
            "errcodes": {str(code): count for code, count in world.errcodes().items()},
            "token_fetches": world.tokens.fetches,
            "stable_token_fetches": world.tokens.stable_fetches,
            "tokens_issued": world.tokens.refreshes,
            "events_waiting": len(world.events),
        }

    @router.get("/inbox")
    def inbox(openid: str = "", channel: str = "", since: int = 0) -> list[dict[str, Any]]:
        """Deliveries with an id above `since`, of one person or of all."""
        return [
            asdict(one)
            for one in world.deliveries
            if openid in ("", one.to) and channel in ("", one.channel) and one.id > since
        ]

    @router.post("/people")
    def people(order: PersonOrder) -> dict[str, int]:
        if unknown := set(order.triggers) - set(TRIGGERS):
            raise HTTPException(422, f"unknown trigger {sorted(unknown)}")
        for openid in order.openids:
            person = world.people.get(openid) or world.add_person(openid)
            for name in order.model_fields_set & FACTS:
                setattr(person, name, getattr(order, name))
            person.credits.update({key: max(left, LONG_TERM) for key, left in order.credits.items()})
            for kind in order.triggers:
                world.trigger(openid, kind)
        return {"people": len(world.people)}

    @router.post("/templates")
    def templates(order: TemplateOrder) -> dict[str, int]:
        world.add_template(order.id, *order.fields, kind=order.kind)
        return {"templates": len(world.templates)}

    @router.post("/clock")
    def clock(order: SkipOrder) -> dict[str, float]:
        world.clock.skip(order.seconds)
        return {"now": world.clock.now()}

    @router.post("/faults")
    def faults(order: FaultOrder) -> dict[str, int]:
        outcome = Outcome(order.kind, order.code, order.seconds, order.done)
        rule = Rule(order.path, order.to)
        if order.probability is None:
            rule.script = [outcome] * order.times
        else:
            rule.odds = [(order.probability, outcome)]
        world.faults.rules.append(rule)
        return {"rules": len(world.faults.rules)}

    @router.post("/faults/events")
    def event_faults(order: EventFaultOrder) -> dict[str, bool]:
        world.faults.events = EventFaults(order.lost, order.doubled, order.shuffled, order.unheard)
        return {"ok": True}

    @router.delete("/faults")
    def no_faults() -> dict[str, bool]:
        world.faults.clear()
        return {"ok": True}

    @router.post("/tokens/revoke")
    def revoke() -> dict[str, bool]:
        world.tokens.revoke()
        return {"ok": True}

    @router.post("/verify")
    async def verify() -> dict[str, bool]:
        return {"verified": await posting().verify()}

    @router.post("/say")
    async def say(order: SayOrder) -> dict[str, Any]:
        phone = Phone(posting(), order.openid)
        if not order.event:
            fields = phone.message("text", Content=order.text)
            if order.copies > 1:
                return told(await posting().send_at_once(fields, order.copies))
            return told(await posting().send(fields))
        acts: dict[str, Callable[[str], Awaitable[Exchange]]] = {
            "follow": phone.follow,
            "scan": phone.scan,
            "click": phone.click,
            "view": phone.view,
        }
        if order.event == "unfollow":
            return told(await phone.unfollow())
        if order.event not in acts:
            raise HTTPException(422, f"unknown event; one of {', '.join([*acts, 'unfollow'])}")
        try:
            return told(await acts[order.event](order.key))
        except LookupError as error:
            raise HTTPException(409, str(error)) from error

    @router.post("/pump")
    async def pump() -> list[dict[str, Any]]:
        """Deliver the events that are due now."""
        return [told(exchange) for exchange in await posting().pump()]

    @router.get("/media/{media_id}")
    def media(media_id: str) -> Response:
        """Where video downloads point."""
        try:
            kept = world.media.get(media_id)
        except ApiError as error:
            raise HTTPException(404) from error
        return Response(kept.content, media_type=kept.content_type)

    return router
