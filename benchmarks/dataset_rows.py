"""Many rows out of few, for `dataset_check.py`: each time in other words, so that none is a duplicate of another.

instructions    the rows of data/dataset.json; each time their tables and half of the columns are called otherwise,
                in the SQL and in the prose
pairs           pairs that the factory draws now; each time with other names of tables, and with other words in the
                values and some labels on the screens; a picture of the same size in one colour stands for each
"""

from __future__ import annotations

import io
import json
import multiprocessing
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from ghost_architect.pages.pair import to_json
from ghost_architect.synthetic.shards import read_folder
from ghost_architect.synthetic_generator import Run, generate

Json = dict[str, Any]

SHARD = 960
_TABLE = re.compile(r"\bcreate\s+table\s+(\w+)", re.IGNORECASE)
_COLUMN = re.compile(r"^\s+([a-z_]+) [A-Z]", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z]{3,}")
_DIGIT = re.compile(r"[0-9]")
_CHANGED_LABELS = 0.1
"""The share of cited lines that get a word more: labels repeat in a data set, and most should here."""


# --- instructions ---


def instructions(source: Path, target: Path, rows: int, workers: int) -> None:
    """Write a file of instructions, a row a line."""
    known: list[dict[str, str]] = json.loads(source.read_text(encoding="utf-8"))
    again = partial(_instruction, known)
    with multiprocessing.Pool(workers) as pool, target.open("w", encoding="utf-8") as file:
        file.writelines(pool.imap(again, range(rows), chunksize=256))


def _instruction(known: Sequence[Mapping[str, str]], number: int) -> str:
    row = known[number % len(known)]
    code = _code(number // len(known))
    texts = "\n".join(row.values())
    rng = Random(f"row/{number}")
    columns = sorted(set(_COLUMN.findall(texts)))
    names = {*_TABLE.findall(texts), *rng.sample(columns, len(columns) // 2)}
    if not names:
        words = sorted(set(_WORD.findall(row["output"])))
        names = set(rng.sample(words, max(1, len(words) // 3)))
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
    made = {name: named.sub(lambda m: f"{m[0]}_{code}", text) for name, text in row.items()}
    return json.dumps(made, ensure_ascii=False) + "\n"


def _code(number: int) -> str:
    """A word that says a number: four letters."""
    out = ""
    for _ in range(4):
        number, digit = divmod(number, 26)
        out += chr(ord("a") + digit)
    return out


# --- pairs ---


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pair that was drawn: its row, its application, and pictures of the size of its own."""

    row: Json
    app: str
    pictures: Mapping[str, bytes]


def drawn(folder: Path, count: int, workers: int, whole: bool) -> list[Drawn]:
    """Pairs of the factory. With `whole`, their pictures are those that were drawn."""
    run = Run(folder, count, 1, engines=("sqlite",))
    for _ in generate(run, workers):
        pass
    apps = {
        row["id"]: row["app"]
        for file in sorted(folder.glob("shard-*.json"))
        for row in json.loads(file.read_text(encoding="utf-8"))["pairs"]
    }
    return [
        Drawn(to_json(pair), apps[pair.id], {n: data if whole else _plain(data) for n, data in images.items()})
        for pair, images in read_folder(folder)
    ]


def _plain(data: bytes) -> bytes:
    """A picture of the same size in one colour."""
    with Image.open(io.BytesIO(data)) as image:
        out = io.BytesIO()
        Image.new("L", image.size, 200).save(out, "JPEG", quality=30)
    return out.getvalue()


def shards(known: Sequence[Drawn], folder: Path, rows: int, workers: int) -> None:
    """Write a folder of shards with their manifests."""
    parts = [(n, range(start, min(start + SHARD, rows))) for n, start in enumerate(range(0, rows, SHARD))]
    with multiprocessing.Pool(workers, _know, (known, folder)) as pool:
        for _ in pool.imap_unordered(_shard, parts):
            pass


_known: Sequence[Drawn] = ()
_folder = Path()


def _know(known: Sequence[Drawn], folder: Path) -> None:
    global _known, _folder
    _known, _folder = known, folder


def _shard(part: tuple[int, range]) -> None:
    path = _folder / f"shard-{part[0]:06d}.tar"
    said = []
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for number in part[1]:
            one = _known[number % len(_known)]
            row = _pair(one.row, number, _code(number // len(_known)))
            said.append({"id": row["id"], "app": f"{one.app}-{_code(number // len(_known))}"})
            _add(archive, f"{row['id']}.json", json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
            for old, new in zip(one.row["images"], row["images"], strict=True):
                _add(archive, new, _marked(one.pictures[old], number))
    path.with_suffix(".json").write_text(json.dumps({"pairs": said}), encoding="utf-8")


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _marked(jpeg: bytes, number: int) -> bytes:
    """The same picture with a number in a comment (ITU-T T.81, B.2.4.5)."""
    return jpeg[:2] + b"\xff\xfe\x00\x0a" + number.to_bytes(8, "big") + jpeg[2:]


def _pair(row: Json, number: int, code: str) -> Json:
    rng = Random(f"pair/{number}")
    names = {table["name"]: f"{table['name']}_{code}" for table in row["schema"]["tables"]}
    id_ = f"{number:08d}"
    cited = {n for numbers in row["evidence"].values() for n in numbers}
    return row | {
        "id": id_,
        "images": [f"{id_}.{i}.jpg" for i in range(len(row["images"]))],
        "schema": {"tables": [_renamed(table, names) for table in row["schema"]["tables"]]},
        "visibility": _moved(row["visibility"], names),
        "evidence": _moved(row["evidence"], names),
        "lines": [[line | {"text": _said(line["text"], line["n"] in cited, rng)} for line in o] for o in row["lines"]],
    }


def _renamed(table: Json, names: Mapping[str, str]) -> Json:
    keys = [
        key | {"references": key["references"] | {"table": names[key["references"]["table"]]}}
        for key in table["foreign_keys"]
    ]
    return table | {"name": names[table["name"]], "foreign_keys": keys}


def _moved(facts: Json, names: Mapping[str, str]) -> Json:
    return {f"{names[table]}.{column}": said for (table, _, column), said in _split(facts)}


def _split(facts: Json) -> Iterator[tuple[tuple[str, str, str], Any]]:
    return ((name.partition("."), said) for name, said in facts.items())


def _said(text: str, is_cited: bool, rng: Random) -> str:
    """A label as it is, or with a word more; a value with other digits and another word."""
    word = "".join(rng.choices("abcdefghilmnoprstu", k=rng.randint(3, 8)))
    if is_cited:
        return f"{text} {word}" if rng.random() < _CHANGED_LABELS else text
    return _WORD.sub(word, _DIGIT.sub(lambda _: str(rng.randrange(10)), text), count=1)
