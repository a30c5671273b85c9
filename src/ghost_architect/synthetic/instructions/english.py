"""How things, facts and rules of a case are said in English.

Every function says one thing in one of several ways, chosen by the random numbers that it is handed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from random import Random

from ghost_architect.schema import naming

from ..apps.app import Attribute, Thing

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_AN = re.compile(r"(?:[aeio]|u(?!ni|se|sa|ti|ra|re)|ho(?:ur|nest)|x-)", re.IGNORECASE)
_LETTERS = frozenset("AEFHILMNORSX")
"""Letters whose names begin with a vowel: an MRN, a PDF."""

_DONE = frozenset(
    "begun born bought brought built caught done drawn driven eaten felt fought found given gone grown held hired kept known "
    "laid left lent lost made met paid put read run said seen sent set shot shown sold sought spent stolen struck taken taught "
    "thrown told torn won worn written".split()
)
_VERBS = frozenset(
    "accepts allows appears applies arrives begins blocks carries closes comes counts covers cuts departs drops earns ends enters "
    "expires falls gets goes has holds includes is joins keeps lapses lasts leaves lifts matures needs offers opens owns pauses "
    "pays releases renews repeats requires resumes retires returns rolls runs serves shows shuts sits speaks starts stays stops "
    "takes travels uses wants wears works".split()
)
_ADJECTIVE = re.compile(r"\w+(?:ed|able|ible|ive|ful|ous|less|ant|ent|ary|ic)")
_PREPOSITIONS = frozenset(
    "about after against around at before behind below between by for from in into of off on onto out over per since through to under until upon via with within".split()
)
_MONEY = naming.word_set(
    "price fee cost amount rate charge salary wage deposit budget balance premium fare rent toll fine value total pay"
)
_UNITS = naming.word_set("seconds minutes hours days weeks months years points cents grams metres kilometres")
_TIME = naming.word_set("date day time deadline birthday")


def listed(words: Iterable[str], last: str = "and") -> str:
    """A, B and C."""
    *head, tail = words
    return f"{', '.join(head)} {last} {tail}" if head else tail


def a(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if _vowel(noun) else 'a'} {noun}"


def _vowel(noun: str) -> bool:
    word = noun.lstrip("\"'`*")
    first = word.split()[0] if word.split() else ""
    if first.isupper() and len(first) > 1:
        return first[0] in _LETTERS
    return bool(_AN.match(word))


def number(count: int) -> str:
    """A count, in words up to twelve."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def capital(text: str) -> str:
    """The text with a capital letter at its beginning, unless it begins with an identifier."""
    if "_" in text.split(" ", 1)[0]:
        return text
    return text[:1].upper() + text[1:]


def spaced(name: str) -> str:
    """An identifier in words."""
    return name.replace("_", " ")


def one(table: str) -> str:
    """What a row of a table is called."""
    return spaced(naming.entity_name(table))


def many(table: str) -> str:
    """What its rows are called."""
    return spaced(table)


def be(noun: str) -> str:
    """is or are, for a plural noun that may be its own singular."""
    return "are" if naming.singular(noun.split()[-1]) != noun.split()[-1] else "is"


# --- facts ---


def hint(attribute: Attribute) -> str:
    """What kind of value it is, for a list: `date`, `yes/no`, `Draft, Sent or Paid`; empty where the words say so."""
    field = attribute.field
    if field.kind == "choice":
        return listed(field.choices, "or")
    if field.kind == "measure":
        return f"in {field.unit}"
    said = {
        "flag": "yes/no",
        "date": "date",
        "moment": "date and time",
        "time": "time of day",
        "money": "money",
        "percent": "percent",
        "minutes": "in minutes",
        "int": "whole number",
        "count": "a count, never negative",
        "decimal": "decimal number",
        "year": "year",
        "rating": "1 to 5",
        "text": "free text",
        "position": "position in the list",
        "secret": "hashed, never in plain text",
        "coordinate": "decimal degrees",
        "ip": "IP address",
        "color": "hex colour",
        "phone": "phone number",
        "email": "email address",
        "url": "web address",
        "image": "address of a picture",
    }.get(field.kind, "")
    words = set(field.name.split("_"))
    shown = {
        "date": _TIME,
        "moment": frozenset[str](),
        "email": {"email"},
        "phone": {"phone"},
        "url": {"url", "link"},
        "money": _MONEY,
    }
    return "" if words & set(shown.get(field.kind, ())) else said


def item(attribute: Attribute) -> str:
    """A fact as an entry of a list: its name, and what kind of value it is."""
    about = hint(attribute)
    return spaced(attribute.name) + (f" ({about})" if about else "")


def fact(attribute: Attribute, rng: Random) -> str:
    """A fact as a part of a sentence: "the date issued", "whether it covers dental"."""
    field, words = attribute.field, spaced(attribute.name)
    first, last = words.split()[0], words.split()[-1]
    match field.kind:
        case "flag":
            return _flag(words, first, rng)
        case "choice":
            options = listed(field.choices, "or")
            return rng.choice(
                [f"the {words} ({options})", f"the {words}, which is {options},", f"the {words}: {options}"]
            )
        case "date" | "moment" | "time":
            return _moment(field.kind, words, first, last)
        case "money" if last in _PREPOSITIONS:
            return f'the "{words}" amount'
        case "money":
            return (
                f"the {words}"
                if set(words.split()) & _MONEY
                else rng.choice([f"the {words} in money", f"the {words} (an amount)"])
            )
        case "count" if naming.singular(last) != last and last not in _UNITS:
            return rng.choice([f"the number of {words}", f"how many {words} there are"])
        case "text":
            return rng.choice([f"the {words} as free text", f"{words} in a few sentences", f"the {words} (free text)"])
        case "person":
            return f"the {words}"
        case _:
            about = hint(attribute)
            return (
                f"the {words} {about}" if about.startswith("in ") else f"the {words}" + (f" ({about})" if about else "")
            )


def _flag(words: str, first: str, rng: Random) -> str:
    if first in _VERBS:
        return f"whether it {words}"
    if " " not in words and _ADJECTIVE.fullmatch(words):
        return rng.choice([f"whether it is {words}", f"whether or not it is {words}"])
    return rng.choice([f'a yes/no field for "{words}"', f'a tick box "{words}"', f'a "{words}" checkbox'])


def _moment(kind: str, words: str, first: str, last: str) -> str:
    what = {"date": "date", "moment": "date and time", "time": "time of day"}[kind]
    stem, _, tail = words.rpartition(" ")
    if tail in ("on", "at") and stem:
        end = stem.split()[-1]
        if end.endswith("ed") or end in _DONE:
            return f"the {what} {stem}"
        if stem in _VERBS:
            return f"the {what} it {stem}"
    if first in _VERBS and " " not in words:
        return f"the {what} it {words}"
    if last in _TIME and kind == "date":
        return f"the {words}"
    return f'the "{words}" {what}'


def facts(attributes: Sequence[Attribute], rng: Random) -> str:
    """Facts as one list."""
    said = [fact(x, rng) for x in attributes]
    # A list within the list would be read as part of it: what has commas of its own goes last.
    said.sort(key=lambda text: "," in text)
    joined = listed([s.rstrip(",") if i == len(said) - 1 else s for i, s in enumerate(said)])
    return joined.replace(",,", ",").replace(", and", " and") if len(said) < 3 else joined.replace(",,", ",")


# --- links ---


def role(attribute: Attribute, target: Thing, rng: Random) -> str:
    """What a thing points at, with its part in it: "a physician", "a prescriber (a physician)"."""
    words, noun = spaced(attribute.name), target.noun
    if attribute.name == target.name:
        return a(noun)
    last = words.split()[-1]
    if last in _PREPOSITIONS or last in _VERBS or last.endswith("ed") or last in _DONE:
        return f'{a(noun)} under "{words}"'
    if set(words.split()) & set(noun.split()):
        return f"{a(noun)} (the {words})"
    return rng.choice([f"{a(words)}, which is {a(noun)}", f"{a(noun)} as its {words}", f"{a(words)} ({a(noun)})"])
