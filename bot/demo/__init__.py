"""A made-up district to try the bot with: real places of Taicang, invented organisations and people."""

from models.people import Role

CHANNEL = "wechat"


def openid(role: Role) -> str:
    """The openid of the demo's person of a role."""
    return f"demo-{role.name.lower()}"
