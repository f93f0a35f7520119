"""Model fields whose value is sealed at rest: text, JSON and bytes.

The value is opened on first access, with the data key of the person the row belongs to (`owner`), and bound to
table, column and primary key. Filtering by a sealed column raises: search by a keyed index instead.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models

from . import crypto, keyring

PURPOSE = "purpose:"

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[Any, Any]
else:
    _BinaryField = models.BinaryField  # generic only for the type checker


class Sealed:
    """Ciphertext as it came from the database, not opened yet."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return "<sealed>"


class _OpensOnAccess:
    def __init__(self, field: SealedField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Sealed):
            value = instance.__dict__[name] = self.field.open(instance, value.data)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(_BinaryField):
    """Base of the sealed fields.

    `owner` names the attribute holding the id of the person whose data key seals the value, or
    ``"purpose:<name>"`` for values that belong to no single person (a staged roster row).
    """

    def __init__(self, *args: Any, owner: str, **kwargs: Any) -> None:
        self.owner = owner
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, list(args), {**kwargs, "owner": self.owner}

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _OpensOnAccess(self))

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value.data if isinstance(value, Sealed) else None
        return crypto.seal(
            self._keys(model_instance)[0], self.encode(value), self.place(model_instance)
        )

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, bytes | memoryview):
            raise FieldError(
                f"{self.name} is sealed: write it through an instance, not with update()"
            )
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is sealed and cannot be filtered; use a keyed index")

    def place(self, instance: models.Model) -> str:
        return self.place_of(instance.pk)

    def place_of(self, pk: object) -> str:
        return f"{self.model._meta.db_table}|{self.column}|{pk}"

    def open_with(self, key: crypto.Unsealer, pk: object, sealed: Sealed | None) -> Any:
        """A value fetched without its row, opened with the owner's data key; for many rows at once."""
        return None if sealed is None else self.decode(key.open(sealed.data, self.place_of(pk)))

    def open(self, instance: models.Model, sealed: bytes) -> Any:
        return self.decode(crypto.unseal_any(self._keys(instance), sealed, self.place(instance)))

    def reseal(self, instance: models.Model) -> bytes | None:
        """The value sealed under the current key of its purpose; None when it is empty or is so already."""
        value = instance.__dict__.get(self.attname)
        if not isinstance(value, Sealed):
            return None
        current, place = self._keys(instance)[0], self.place(instance)
        try:
            crypto.unseal(current, value.data, place)
        except crypto.SealBroken:
            opened = crypto.unseal_any(self._keys(instance), value.data, place)
            return crypto.seal(current, opened, place)
        return None

    def _keys(self, instance: models.Model) -> list[bytes]:
        """The keys that may open the value; the first one seals."""
        if self.owner.startswith(PURPOSE):
            return keyring.purpose_keys(self.owner.removeprefix(PURPOSE))
        return [keyring.data_key(str(getattr(instance, self.owner)))]

    def encode(self, value: Any) -> bytes:
        raise TypeError("use one of the concrete sealed fields")

    def decode(self, plain: bytes) -> Any:
        raise TypeError("use one of the concrete sealed fields")

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.name} is sealed and is not serialised")


class SealedTextField(SealedField):
    """Sealed text."""

    def encode(self, value: Any) -> bytes:
        return str(value).encode()

    def decode(self, plain: bytes) -> str:
        return plain.decode()


class SealedJSONField(SealedField):
    """Sealed JSON (lists, objects)."""

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, plain: bytes) -> Any:
        return json.loads(plain)


class SealedBytesField(SealedField):
    """Sealed bytes, e.g. the PDF of a letter."""

    def encode(self, value: Any) -> bytes:
        return bytes(value)

    def decode(self, plain: bytes) -> bytes:
        return plain
