"""Callback bodies: the platform's XML for messages and events, plain, compatible and safe."""

from typing import Any
from xml.etree import ElementTree

from tests.platform.crypto import Cryptor

MODES = ("plain", "compatible", "safe")


def to_xml(fields: dict[str, Any], root: str = "xml") -> str:
    """Numbers bare, text as CDATA, dicts nested, lists as repeated `item`-less entries under their own name."""
    return f"<{root}>{''.join(element(name, value) for name, value in fields.items())}</{root}>"


def element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return to_xml(value, name)
    if isinstance(value, list):
        return "".join(element(name, entry) for entry in value)
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return f"<{name}>{cdata(str(value))}</{name}>"


def cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def wrap(fields: dict[str, Any], mode: str, cryptor: Cryptor) -> tuple[bytes, str]:
    """(body, Encrypt); Encrypt is "" in plain mode. Compatible bodies hold the clear fields and the ciphertext."""
    if mode == "plain":
        return to_xml(fields).encode(), ""
    encrypted = cryptor.encrypt(to_xml(fields).encode())
    clear = fields if mode == "compatible" else {"ToUserName": fields["ToUserName"]}
    return to_xml({**clear, "Encrypt": encrypted}).encode(), encrypted


class NotXml(ValueError):
    """Not a well-formed document in the shape of <xml>…</xml>; the message says why."""


def from_xml(text: bytes) -> dict[str, Any]:
    """The fields of a reply. Raises NotXml for a document type, a twice-given element, or anything malformed."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise NotXml("a document type is not allowed")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotXml(f"malformed: {error}") from error
    if root.tag != "xml":
        raise NotXml(f"the root is <{root.tag}>, not <xml>")
    value = value_of(root)
    if not isinstance(value, dict):
        raise NotXml("no fields")
    return value


def value_of(node: ElementTree.Element) -> Any:
    if len(node) == 0:
        return node.text or ""
    if node.tag == "Articles":
        return [value_of(child) for child in node]
    fields: dict[str, Any] = {}
    for child in node:
        if child.tag in fields:
            raise NotXml(f"<{child.tag}> is given twice")
        fields[child.tag] = value_of(child)
    return fields
