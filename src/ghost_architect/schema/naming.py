"""Names as a database likes them: snake_case identifiers from any label, plural tables, singular entities.

    label "Customer's e-mail *" -> identifier "customer_email" -> tokens ("customer", "email")
    label "Order Item"          -> table_name "order_items"    -> reference_name "order_item_id"

The words of a schema are few and regular, so a table of exceptions before six suffix rules does it.
(`inflect`, which `match` needs because GhostScore is defined with it, takes 1.5 s to import and reads
"status" as the plural of "statu"; a reading of one screen should not wait for that.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache
from itertools import pairwise


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set: how lists of words are written down here and in `rules`."""
    return frozenset(text.split())


MAX_BYTES = 63
"""The longest identifier that PostgreSQL keeps (NAMEDATALEN - 1); MySQL keeps 64 characters, SQLite any."""

_MASS = word_set(
    """access aircraft attendance availability baggage billing cargo cash chassis clothing content correspondence data
    electronics equipment evidence faq feedback fish furniture hardware headquarters history information inventory
    jewelry luggage machinery mail means media merchandise metadata money music news overtime payroll personnel
    police progress research series sheep software species staff stock traffic trivia usage weather"""
)
"""Words that are their own plural, or have none that anybody would call a table."""

_IRREGULAR_PAIRS = """
    person:people child:children foot:feet tooth:teeth goose:geese mouse:mice ox:oxen quiz:quizzes
    criterion:criteria phenomenon:phenomena index:indexes vertex:vertices matrix:matrices axis:axes life:lives
    knife:knives wife:wives leaf:leaves shelf:shelves wolf:wolves half:halves loaf:loaves thief:thieves
    calf:calves self:selves scarf:scarves die:dice movie:movies cookie:cookies calorie:calories selfie:selfies
    zombie:zombies smoothie:smoothies brownie:brownies rookie:rookies genie:genies cache:caches niche:niches
    ache:aches headache:headaches cliche:cliches quiche:quiches shoe:shoes canoe:canoes horseshoe:horseshoes
    menu:menus guru:gurus cpu:cpus gpu:gpus sku:skus use:uses excuse:excuses fuse:fuses alias:aliases
    atlas:atlases bias:biases canvas:canvases gas:gases lens:lenses analysis:analyses crisis:crises
    diagnosis:diagnoses hypothesis:hypotheses oasis:oases parenthesis:parentheses prognosis:prognoses
    synopsis:synopses synthesis:syntheses thesis:theses man:men woman:women salesman:salesmen taxi:taxis
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_PAIRS.split())
_SINGULAR_OF = {plural: singular for singular, plural in _IRREGULAR.items()} | {"indices": "index"}

_SINGULAR_IN_S = word_set(
    "chaos cms cosmos debris dns ethos gps https ios iris kudos pelvis pos sas sms tennis tls ups"
)
"""Singular words in -s that no ending (-ss, -us, -sis, -xis) gives away."""

_OES = word_set("cargo echo embargo hero mosquito potato tomato tornado torpedo veto volcano")
_VOWELS = "aeiou"


@lru_cache(1 << 14)
def singular(word: str) -> str:
    """One of them: "categories" -> "category". A word that is singular already, or has no plural, stays."""
    if word in _SINGULAR_OF:
        return _SINGULAR_OF[word]
    if word in _MASS or word in _IRREGULAR or word in _SINGULAR_IN_S or len(word) < 3:
        return word
    # "status" and "virus", but "plateaus"; "analysis" and "axis", but "apis".
    if not word.endswith("s") or word.endswith(("ss", "sis", "xis")) or (word[-2:] == "us" and word[-4:] != "eaus"):
        return word
    return _without_s(word)


def _without_s(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    long = word.endswith(("sses", "shes", "ches", "xes", "zzes")) or word[:-2] in _OES
    # "statuses" and "bonuses", but "houses" and "clauses".
    long = long or (word.endswith("uses") and word[-5] not in "ao")
    return word[:-2] if long else word[:-1]


@lru_cache(1 << 14)
def plural(word: str) -> str:
    """Many of them: "category" -> "categories". A word that is plural already, or has no plural, stays."""
    if word in _MASS or singular(word) != word or not word.isascii():
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("sis", "xis")):
        return word[:-2] + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) or word in _OES else "s")


def is_plural(name: str) -> bool:
    """Whether an identifier names many: its last word is a plural, or a word that has none ("news", "inventory").

    Of "bills of lading" it is the word before "of" that counts.
    """
    words = tokens(name)
    last = _before_of("_".join(words))[0].rpartition("_")[2]
    return bool(last) and plural(last) == last


# Symbols that stand for a word in a label. "#" and "№" are read as "number" ("Order #").
_SYMBOLS = {"%": " percent ", "#": " number ", "№": " number ", "&": " and ", "@": " at ", "+": " plus "}
_SMALL = {"æ": "ae", "ø": "o", "ł": "l", "đ": "d", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"}
_LETTERS = str.maketrans({"ß": "ss", "ẞ": "ss"} | _SMALL | {k.upper(): v.capitalize() for k, v in _SMALL.items()})
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=\d)(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GLUED = re.compile(r"\b(e)-(?=mail|commerce|book)|(?<=\w)['’`´]s\b|['’`´]", re.IGNORECASE)
_PLURAL_CAPITALS = re.compile(r"([A-Z]{2,})s(?![a-z])")
_HARD = re.compile(r"[A-Za-z0-9][A-Z]|[-'`]")
"""Without one of these, nothing above is found in ASCII."""
_SIGNS = re.compile(r"[^A-Za-z0-9]+")


def snake_case(text: str) -> str:
    """The words of any text in lower case with single underscores between: "orderID" -> "order_id".

    Latin letters lose their accents; letters of other scripts stay, every engine takes them.
    """
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, word)
    if text.isascii() and not _HARD.search(text):  # as most labels are, where the rest would change nothing
        return "_".join(_SIGNS.sub(" ", text).lower().split())
    text = _PLURAL_CAPITALS.sub(lambda m: m[1].capitalize() + "s", _GLUED.sub(r"\1", text))
    text = _plain(text.translate(_LETTERS))
    letters = ""
    for char in _CAMEL.sub(" ", text):
        letters += char if _continues(letters[-1:], char) else " "
    return "_".join(letters.lower().split())


def _continues(before: str, char: str) -> bool:
    """Whether it belongs to a word: a letter, a digit, or a mark on the letter before it (vowel signs of Hindi).

    MySQL keeps names in at most three bytes a character, so what lies above U+FFFF is in no word.
    """
    if ord(char) > 0xFFFF:
        return False
    return char.isalnum() or (unicodedata.category(char).startswith("M") and not before.isspace() and before != "")


def _plain(text: str) -> str:
    """Latin letters without accents. What belongs to a letter of another script (Hindi, Japanese) stays."""
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFKD", text):
        if not unicodedata.combining(char):
            base = char
        elif base.isascii():
            continue
        kept.append(char)
    return unicodedata.normalize("NFKC", "".join(kept))


def is_snake_case(name: str) -> bool:
    """Whether a name is lower case words with single underscores between, and does not begin with a digit."""
    whole = all(_continues(a, b) for part in name.split("_") for a, b in pairwise(("", *part)))
    return name == name.lower() and whole and "" not in name.split("_") and not name[:1].isdigit()


def tokens(name: str) -> tuple[str, ...]:
    """The words of an identifier, as they are written: "unitPrice" -> ("unit", "price")."""
    return tuple(snake_case(name).split("_")) if name else ()


def identifier(label: str, fallback: str = "", max_bytes: int = MAX_BYTES) -> str:
    """A valid snake_case identifier for any label; `fallback` where the label holds no letter and no digit.

    A leading digit gets "n_" before it; what is longer than `max_bytes` in UTF-8 loses whole words from
    the end, and letters only where a single word is too long.
    """
    name = snake_case(label) or fallback
    return _cut(f"n_{name}" if name[:1].isdigit() else name, max_bytes)


def utf8(text: str) -> bytes:
    """The text as engines count it. Half a character, which a JSON answer can hold, counts too instead of raising."""
    return text.encode("utf-8", "surrogatepass")


def _cut(name: str, max_bytes: int) -> str:
    if len(utf8(name)) <= max_bytes:
        return name
    short = utf8(name)[: max_bytes + 1].decode(errors="ignore")
    head = short.rpartition("_")[0]
    return head or utf8(name)[:max_bytes].decode(errors="ignore")


def table_name(label: str, fallback: str = "") -> str:
    """The table for things that a screen calls by this label: plural snake_case."""
    return _inflected(identifier(label, fallback), plural)


def entity_name(table: str) -> str:
    """What one row of a table is called: "order_items" -> "order_item"."""
    return _inflected(identifier(table), singular)


def reference_name(table: str) -> str:
    """The usual name of a key that points at a table: "customers" -> "customer_id"."""
    return f"{_cut(entity_name(table), MAX_BYTES - 3)}_id"


def _inflected(name: str, change: Callable[[str], str]) -> str:
    phrase, rest = _before_of(name)
    head, bar, last = phrase.rpartition("_")
    return _cut(head + bar + change(last) + rest, MAX_BYTES)


def _before_of(name: str) -> tuple[str, str]:
    """What is inflected, and the rest: "bill_of_lading" -> ("bill", "_of_lading")."""
    phrase, of, rest = name.partition("_of_")
    return (phrase, of + rest) if phrase and rest else (name, "")


def free_name(name: str, taken: Collection[str], max_bytes: int = MAX_BYTES) -> str:
    """The name itself, or with the first number from 2 that makes it one that is not taken."""
    result, number = name, 1
    while result in taken:
        number += 1
        tail = f"_{number}"
        result = _cut(name, max_bytes - len(tail)) + tail
    return result
