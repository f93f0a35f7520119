"""The words of a letter in one language, as data: checked when loaded, hashed for sign-off."""

from __future__ import annotations

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from notifications.placeholders import PLACEHOLDERS, names_in

Role = Literal["person", "guardian", "representative"]
ROLES: tuple[Role, ...] = get_args(Role)
SECTIONS = (
    "opening",
    "what_happened",
    "what_information",
    "what_we_do",
    "what_you_can_do",
    "more_information",
)
STANDARD_NOTICE = Path(__file__).resolve().parent.parent / "wording" / "notice"


class WordingError(ValueError):
    """The wording cannot be used. The message says where and why."""


def _only_known_placeholders(text: str) -> str:
    names_in(text)
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_only_known_placeholders)]
Plain = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dates(_Part):
    """How a day is written: a pattern with {day}, {month} and {year}, and the names of the months."""

    pattern: Plain
    months: Annotated[tuple[Plain, ...], Field(min_length=12, max_length=12)]

    def write(self, day: date) -> str:
        return self.pattern.format(day=day.day, month=self.months[day.month - 1], year=day.year)


class Point(_Part):
    lead: Plain
    text: Text


class Line(_Part):
    """One sentence in a foreign language on page one."""

    tag: Plain
    text: Plain


class Cover(_Part):
    """Page one: safe to be glimpsed."""

    title: Plain
    opening: Plain
    reference: Plain
    languages_title: Text
    points: tuple[Point, ...]
    languages: tuple[Line, ...]


class PageWords(_Part):
    reference: Plain
    footer: Plain  # with {page} and {pages}


class PerRole(_Part):
    person: Text
    guardian: Text
    representative: Text

    def for_role(self, role: str) -> str:
        return str(getattr(self, role))


class NoticeWords(_Part):
    title: Plain
    closing: Plain
    phone: Plain
    email: Plain
    post: Plain
    greeting: PerRole


class Block(_Part):
    """A paragraph, a promise, a list of steps, or a place where the person's own facts are listed."""

    kind: Literal["text", "promise", "steps", "elements", "posture", "contacts"] = "text"
    join: bool = False  # continues the paragraph before it
    to: tuple[Role, ...] = ROLES
    needs: tuple[str, ...] = ()
    except_posture: tuple[str, ...] = ()
    text: Text | None = None
    items: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _says_what_its_kind_says(self) -> Block:
        if (self.kind in ("text", "promise")) != (self.text is not None):
            raise ValueError(f"a block of kind {self.kind} has a text, or must not have one")
        if (self.kind == "steps") != bool(self.items):
            raise ValueError("steps, and only steps, have items")
        if self.join and self.kind != "text":
            raise ValueError("only a text can continue the paragraph before it")
        if unknown := set(self.needs) - PLACEHOLDERS.keys():
            raise ValueError(f"needs names unknown placeholders: {', '.join(sorted(unknown))}")
        used = frozenset().union(*map(names_in, [self.text or "", *self.items]))
        undeclared = {name for name in used if PLACEHOLDERS[name].optional} - set(self.needs)
        if undeclared:
            raise ValueError(
                f"uses {', '.join(sorted(undeclared))}, which may be absent: add it to needs"
            )
        return self

    def is_for(self, role: str, posture: str, present: frozenset[str]) -> bool:
        """Whether this recipient reads it. `present` names the placeholders that have a value."""
        return (
            role in self.to
            and posture not in self.except_posture
            and present.issuperset(self.needs)
        )


class Section(_Part):
    key: Plain
    heading: str = ""
    blocks: tuple[Block, ...]


class _Content(_Part):
    language: Plain
    name: Plain
    direction: Literal["ltr", "rtl"]
    dates: Dates
    cover: Cover
    page: PageWords
    notice: NoticeWords
    elements: dict[str, Plain]
    elements_of_another: dict[str, Plain]
    postures: dict[str, PerRole]
    sections: tuple[Section, ...]

    @model_validator(mode="after")
    def _has_every_section(self) -> _Content:
        keys = tuple(section.key for section in self.sections)
        if keys != SECTIONS:
            raise ValueError(f"the sections must be {', '.join(SECTIONS)}, in this order")
        if self.elements.keys() != self.elements_of_another.keys():
            raise ValueError("both lists of data elements must name the same elements")
        return self


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `data` is what is stored; `sha256` is the hash of its canonical form."""

    data: dict[str, Any]
    content: _Content
    sha256: str

    @property
    def language(self) -> str:
        return self.content.language

    @property
    def headings(self) -> tuple[str, ...]:
        """What stands exactly once in every letter: its title and the headings the law asks for."""
        sections = (section.heading for section in self.content.sections if section.heading)
        return (self.content.notice.title, *sections)


@dataclass(frozen=True, slots=True)
class Facts:
    """What every letter of an incident prints: dates (agency's time zone), contacts, signatory, hold."""

    agency_name: str
    occurred: date
    discovered: date
    contained: date | None
    extract_as_of: date | None
    hold_days: int
    contact_phone: str
    contact_email: str
    contact_address: str
    signatory_name: str
    signatory_title: str
    copy_to_person: bool

    def missing(self) -> tuple[str, ...]:
        """Names of the facts a letter cannot do without and that are still empty."""
        return tuple(
            field.name
            for field in fields(self)
            if not PLACEHOLDERS[field.name].optional and getattr(self, field.name) in ("", None, 0)
        )


def wording_from_data(data: dict[str, Any]) -> Wording:
    """Check the words of one language. Raises WordingError with one sentence that says where and why."""
    try:
        content = _Content.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = " > ".join(str(part) for part in first["loc"]) or "the wording"
        raise WordingError(f"{where}: {first['msg']}.") from error
    return Wording(data=data, content=content, sha256=_sha256(data))


@cache
def standard_wording() -> Mapping[str, Wording]:
    """The wording this project ships, by language."""
    files = sorted(STANDARD_NOTICE.glob("*.toml"))
    return {path.stem: wording_from_data(tomllib.loads(path.read_text("utf-8"))) for path in files}


def content_sha256(wordings: Mapping[str, Wording], facts: Facts) -> str:
    """The hash two people sign: every language and every fact that is printed in everybody's letter."""
    printed = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(facts).items()
    }
    languages = {language: wording.sha256 for language, wording in wordings.items()}
    return _sha256({"facts": printed, "languages": languages})


def _sha256(data: dict[str, Any]) -> str:
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", canonical).encode()).hexdigest()
