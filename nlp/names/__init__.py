"""Names of one district: organisations, communities, towns; found in messages and linked to the directory."""

from nlp.names.types import Entry, NameMatch
from nlp.names.vocabulary import Vocabulary

__all__ = ["Entry", "NameMatch", "Vocabulary"]
