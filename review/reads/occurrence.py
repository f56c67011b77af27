"""Where words occur, as conditions on lexemes, with what each place weighs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from review.folding import FIELDS, STEMMED, STEMS, stem_lexeme
from review.gateways.wanted import Best, Every, InARow, Lexeme, Near, Some, Wanted
from review.reads.sight import Sight

WHOLE, LIKE, SAID, NOTED = 8, 6, 3, 1
"""It stands in title or name; one like it does; it stands in pitch, answers, address or feed; in notes or messages."""
FORGIVEN = (4, 8)
"""From so many letters on one typing error is forgiven, and from so many two."""
SHORT = 2
"""A beginning as short as this is sought in titles and names only: nearly every pitch has it."""
Words = tuple[str, ...]


def anywhere(words: Words, seen: Sight, *, beginning: bool, forgiving: bool = False) -> Wanted:
    """Words, one after the other, wherever this reader may see them. The heaviest place counts. `forgiving` takes words
    that are spelled like it for the word, too."""
    longer = beginning and (len(words) > 1 or len(words[0]) > SHORT)
    whole = (row("title", words), seen.known(row("name", words)))
    like = [*alike("title", words)]
    if beginning:
        like += [goes_on("title", words), seen.known(goes_on("name", words))]
    theirs = chain.from_iterable(said(field, words, longer=longer) for field in ("answers", "address", "feed"))
    openly = (*said("pitch", words, longer=longer), seen.known(Some(tuple(theirs))))
    among = [seen.known(Some(tuple(said("said", words, longer=longer))))]
    if seen.reads_notes:
        among += said("notes", words, longer=longer)
    near = Some(tuple(_spelled_like(words, seen)) if forgiving else ())
    places = (Some(whole), Some(tuple(like)), Some(openly), Some(tuple(among)), near)
    options = zip((WHOLE, LIKE, SAID, NOTED, 0), places, strict=True)
    return Best(tuple((weight, one) for weight, one in options if one != Some(())))


def can_be_misspelled(words: Words) -> bool:
    """Whether it is one word of letters, and long enough for one of them to be wrong."""
    return len(words) == 1 and words[0].isalpha() and len(words[0]) >= FORGIVEN[0]


def _spelled_like(words: Words, seen: Sight) -> Iterator[Wanted]:
    """Only where a word is a name of something, or told openly: there typing errors are made."""
    if can_be_misspelled(words):
        edits = sum(len(words[0]) >= length for length in FORGIVEN)
        yield from (Near(FIELDS[field] + words[0], edits) for field in ("title", "pitch"))
        yield seen.known(Near(FIELDS["name"] + words[0], edits))


def lexemes_in(field: str, words: Words) -> Words:
    """The lexemes of words that stand in a field."""
    return tuple(FIELDS[field] + word for word in words)


def row(field: str, words: Words) -> Wanted:
    """The words, one after the other."""
    found = lexemes_in(field, words)
    return Lexeme(found[0]) if len(found) == 1 else InARow(found)


def goes_on(field: str, words: Words) -> Wanted:
    """The words in a row, the last of which may be longer; that it follows the others is not asked of any engine."""
    last = Lexeme(lexemes_in(field, words)[-1], begins=True)
    return last if len(words) == 1 else Every((row(field, words[:-1]), last))


def alike(field: str, words: Words) -> Iterator[Wanted]:
    """The same word in another form: both have one stem, in the language of the application, whatever that is."""
    if len(words) == 1 and words[0].isalpha():
        yield from (Lexeme(stem_lexeme(field, language, words[0])) for language in STEMMED)


def said(field: str, words: Words, *, longer: bool) -> Iterator[Wanted]:
    """The words in a field, in any form; the last one may be `longer`."""
    yield goes_on(field, words) if longer else row(field, words)
    if field in STEMS:
        yield from alike(field, words)
