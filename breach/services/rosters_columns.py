"""Which column of a list is which: header aliases, the proposal shown for confirmation, and its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from breach.core.errors import Refused
from breach.core.normalize import name_key


class Column(TextChoices):
    """What we take from a list. Everything else in it is kept with the row and not used."""

    A_NUMBER = "a_number", _("A-number")
    FAMILY_NAME = "family_name", _("Family name")
    GIVEN_NAMES = "given_names", _("Given names")
    FULL_NAME = "full_name", _("Name in one column")
    ALSO_KNOWN_AS = "also_known_as", _("Other names")
    BIRTH_DATE = "birth_date", _("Date of birth")
    NATIONALITY = "nationality", _("Nationality")
    SEX = "sex", _("Sex")
    FACILITY_CODE = "facility_code", _("Facility code")
    FACILITY = "facility", _("Facility")
    LANGUAGE = "language", _("Best language")
    HELD_SINCE = "held_since", _("Held there since")
    CASE_STATUS = "case_status", _("Case status")
    PROTECTED = "protected", _("Protected by 8 USC 1367")
    ATTORNEY = "attorney", _("Attorney")
    ATTORNEY_KIND = "attorney_kind", _("Kind of representative")
    FIRM = "firm", _("Firm or organization")
    ATTORNEY_EMAIL = "attorney_email", _("Attorney's e-mail")
    ATTORNEY_PHONE = "attorney_phone", _("Attorney's phone")
    ATTORNEY_ADDRESS = "attorney_address", _("Attorney's address")
    LICENCE = "licence", _("Bar number")
    EOIR_ID = "eoir_id", _("EOIR ID")
    G28_FILED = "g28_filed", _("Form G-28 filed")


# Headers as lists spell them, compared without case, accents and punctuation.
ALIASES: dict[str, str] = {
    Column.A_NUMBER: "a number|anumber|a no|a num|alien number|alien registration number|a file number|uscis number",
    Column.FAMILY_NAME: "last name|family name|surname|lastname|apellido|apellidos|primary name",
    Column.GIVEN_NAMES: "first name|given name|given names|firstname|forename|first and middle name|nombre",
    Column.FULL_NAME: "name|full name|fullname|detainee name|name last first|last name first name",
    Column.ALSO_KNOWN_AS: "also known as|aliases|alias|aka|a k a|other names|otros nombres",
    Column.BIRTH_DATE: "date of birth|birthdate|birth date|dob|born|fecha de nacimiento",
    Column.NATIONALITY: "country of citizenship|nationality|citizenship|country of origin|coc|country",
    Column.SEX: "gender|sex",
    Column.FACILITY_CODE: "detention facility code|facility code|detloc|detloc code|location code",
    Column.FACILITY: "detention facility|detention location|facility|facility name|location|place of detention",
    Column.LANGUAGE: "best language|language|primary language|preferred language|language spoken",
    Column.HELD_SINCE: "book in date|bookin date|booked in|book in|date of book in|intake date|in custody since",
    Column.CASE_STATUS: "case status|status|case posture|posture",
    Column.PROTECTED: "protected|protected 1367|1367|8 usc 1367|section 1367|1367 protected|vawa|vawa protected",
    Column.ATTORNEY: "attorney name|attorney|representative|counsel|attorney of record|representative name",
    Column.ATTORNEY_KIND: "attorney type|representative type|type of representative",
    Column.FIRM: "firm or organization|firm|law firm|organization|organisation|firm name",
    Column.ATTORNEY_EMAIL: "attorney email|attorney e mail|representative email|counsel email",
    Column.ATTORNEY_PHONE: "attorney phone|attorney telephone|representative phone|counsel phone",
    Column.ATTORNEY_ADDRESS: "attorney address|representative address|counsel address|firm address",
    Column.LICENCE: "bar number|bar no|bar|licence|license|state bar number",
    Column.EOIR_ID: "eoir id|eoir number|eoir",
    Column.G28_FILED: "g 28 filed|g28 filed|g 28|g28|g 28 date|g28 date|date of g 28",
}
_COLUMN_OF = {alias: column for column, aliases in ALIASES.items() for alias in aliases.split("|")}
REQUIRED = (Column.BIRTH_DATE, Column.NATIONALITY)
PLACE = (Column.FACILITY, Column.FACILITY_CODE)


class MappingRefused(Refused):
    """The columns do not make a list of people; its text says which one is missing or used twice."""


@dataclass(frozen=True)
class Proposal:
    """Columns as recognised, for a person to confirm or change."""

    columns: dict[str, str]  # Column value -> header
    unused: list[str]
    missing: list[str]  # what would have to be there, in words


def propose(headers: Sequence[str]) -> Proposal:
    """The columns recognised by their headers; the first header wins when two fit one column."""
    columns: dict[str, str] = {}
    for header in headers:
        column = _COLUMN_OF.get(name_key(header))
        if column and column not in columns:
            columns[column] = header
    used = set(columns.values())
    return Proposal(columns, [header for header in headers if header not in used], missing(columns))


def missing(columns: Mapping[str, str]) -> list[str]:
    """What a list of people must have and this one has not."""
    lacking = [str(Column(column).label) for column in REQUIRED if column not in columns]
    if (
        Column.FULL_NAME not in columns
        and not {Column.FAMILY_NAME, Column.GIVEN_NAMES} <= columns.keys()
    ):
        lacking.insert(0, str(_("Name")))
    if not any(column in columns for column in PLACE):
        lacking.append(str(Column.FACILITY.label))
    return lacking


def confirm(headers: Sequence[str], columns: Mapping[str, str] | None) -> dict[str, str]:
    """The columns to use: as given, or as proposed. Raises MappingRefused when they cannot work."""
    if columns is None:
        columns = propose(headers).columns
    for column, header in columns.items():
        if column not in Column.values or header not in headers:
            raise MappingRefused(
                _("The file has no column “%(header)s”. Choose one of its headers.")
                % {"header": header}
            )
    if len(set(columns.values())) < len(columns):
        raise MappingRefused(_("One column is chosen twice. Choose another for one of the two."))
    if lacking := missing(columns):
        raise MappingRefused(
            _(
                "The file has no column for: %(columns)s. Name it in the header row, or choose the column by hand."
            )
            % {"columns": ", ".join(lacking)}
        )
    return dict(columns)
