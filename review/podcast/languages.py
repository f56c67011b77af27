"""The languages a show can be in, and how people name them."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

LANGUAGES = (
    "ar bg bn ca cs da de el en es et fa fi fr ga he hi hr hu id is it ja ko lt lv mr ms nb nl pl pt ro ru sk sl sr "
    "sv sw ta te th tr uk ur vi zh"
).split()
_NAMED_IN = ("en", "de", "fr", "es")
_ALSO = {"no": "nb", "norwegian": "nb", "norwegisch": "nb", "farsi": "fa", "castellano": "es", "mandarin": "zh"}


def code(text: str) -> str:
    """The language that a person means by `English`, `en-GB`, `Deutsch` or `allemand`; nothing where it is unknown."""
    wanted = text.strip().casefold()
    first = re.split(r"[-_]", wanted)[0]
    return first if first in LANGUAGES else _names().get(wanted, "")


@cache
def _names() -> dict[str, str]:
    """Each language by the name it has in itself, and in some others."""
    found = dict(_ALSO)
    for language in LANGUAGES:
        for locale in (language, *_NAMED_IN):
            found.setdefault(Locale(locale).languages.get(language, language).casefold(), language)
    return found
