"""Thousands of new rows by one COPY: several times as fast as INSERT, sealed the same way."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import connection
from django.db.models import BinaryField, Field, JSONField, Model

M = TypeVar("M", bound=Model)
NULL = r"\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_in(model: type[M], rows: Sequence[M]) -> None:
    """Insert rows that have their primary keys, inside the caller's transaction."""
    if not rows:
        return
    fields: list[Field[Any, Any]] = list(model._meta.local_concrete_fields)
    plan = [(field.pre_save, _writer(field)) for field in fields]
    lines = io.StringIO()
    for row in rows:
        values = [(value(row, True), write) for value, write in plan]
        lines.write("\t".join([NULL if value is None else write(value) for value, write in values]))
        lines.write("\n")
        row._state.adding = False
    lines.seek(0)
    names = ", ".join(connection.ops.quote_name(field.column or field.name) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", lines)


def _writer(field: Field[Any, Any]) -> Callable[[Any], str]:
    """How the values of a field are written in the text format of COPY."""
    if isinstance(field, BinaryField):
        return _bytes
    if isinstance(field, JSONField):
        return _json
    if isinstance(field, ArrayField):
        return _array
    return _range if isinstance(field, DateRangeField) else _text


def _text(value: Any) -> str:
    return str(value).translate(ESCAPES)


def _bytes(value: bytes) -> str:
    return rf"\\x{value.hex()}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).translate(ESCAPES)


def _array(value: Sequence[str]) -> str:
    items = (str(item).replace("\\", r"\\").replace('"', r"\"") for item in value)
    return "{{{}}}".format(",".join(f'"{item}"' for item in items)).translate(ESCAPES)


def _range(value: Any) -> str:
    lower, upper = (day.isoformat() if day else "" for day in (value.lower, value.upper))
    return f"[{lower},{upper})"
