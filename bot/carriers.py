"""The channels themselves: each takes one parcel and makes one call."""

from collections.abc import Mapping

from bot.client.wechat import WeChat
from bot.client.wecom import Corp
from bot.push import APP, CUSTOM, SUBSCRIPTION, TEMPLATE, Parcel
from bot.sender import Carry


def of_wechat(client: WeChat) -> Mapping[str, Carry]:
    """What the official account offers."""

    def custom(parcel: Parcel) -> str:
        client.say(parcel.openid, parcel.text)
        return ""

    def template(parcel: Parcel) -> str:
        return client.template_notice(parcel.openid, parcel.template, parcel.data or {}, parcel.page, parcel.bundle)

    def subscription(parcel: Parcel) -> str:
        return client.subscribed_notice(parcel.openid, parcel.template, parcel.data or {}, parcel.page)

    return {CUSTOM: custom, TEMPLATE: template, SUBSCRIPTION: subscription}


def of_wecom(client: Corp) -> Mapping[str, Carry]:
    """What a company's application offers: its members can always be reached."""
    return {APP: lambda parcel: client.say(parcel.openid, parcel.text)}
