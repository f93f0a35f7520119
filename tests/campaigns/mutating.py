"""Faults that real mailings have had, put into the pipeline one at a time; each mixes up people or says too much."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import Any
from unittest.mock import patch

import pikepdf

from notifications.channels import email
from notifications.rendering import mailhouse
from notifications.services import batching, delivery_sheets, making, sending

Patch = Any  # a context manager of unittest.mock
Fired = list[int]  # grows with every fault done


def _previous(fired: Fired, original: Callable[..., Any], pick: Callable[..., Any]) -> Any:
    """A stand-in that does with one call what belonged to the one before."""
    seen: list[Any] = []

    def off_by_one(*args: Any, **kwargs: Any) -> Any:
        seen.append((args, kwargs))
        if len(seen) < 2:
            return original(*args, **kwargs)
        fired.append(1)
        args, kwargs = pick(seen[-2], (args, kwargs))
        return original(*args, **kwargs)

    return off_by_one


def letters_off_by_one(fired: Fired) -> Patch:
    """The loop keeps each letter with the next delivery."""
    swap = _previous(fired, making._keep, lambda before, now: ((now[0][0], before[0][1]), {}))
    return patch.object(making, "_keep", swap)


def _with(fired: Fired, *names: str) -> Patch:
    def pick(before: Any, now: Any) -> Any:
        return (), {**now[1], **{name: before[1][name] for name in names}}

    return patch.object(making, "LetterInput", _previous(fired, making.LetterInput, pick))


def shared_context(fired: Fired) -> Patch:
    """The name of the last letter is still in the context of this one."""
    return _with(fired, "person_name")


def stale_address(fired: Fired) -> Patch:
    """The window shows where the last letter went."""
    return _with(fired, "address", "recipient_name")


def stale_reference(fired: Fired) -> Patch:
    return _with(fired, "reference")


def accumulating_letter(fired: Fired) -> Patch:
    """Each letter begins with all those before it."""
    pages: list[bytes] = []
    original = making.render_letter

    def pile_up(letter: Any) -> Any:
        made = original(letter)
        pages.append(made.pdf)
        if len(pages) < 2:
            return made
        fired.append(1)
        out, whole = io.BytesIO(), pikepdf.new()
        for pdf in pages:
            with pikepdf.open(io.BytesIO(pdf)) as part:
                whole.pages.extend(part.pages)
        whole.save(out)
        return replace(made, pdf=out.getvalue())

    return patch.object(making, "render_letter", pile_up)


def _mail(fired: Fired, change: Callable[[EmailMessage, list[str]], None]) -> Patch:
    original, recipients = email.compose, list[str]()

    def changed(envelope: Any, config: Any) -> EmailMessage:
        recipients.append(envelope.recipient.email)
        message = original(envelope, config)
        if len(recipients) > 1:
            fired.append(1)
            change(message, recipients)
        return message

    return patch.object(email, "compose", changed)


def accumulating_mail(fired: Fired) -> Patch:
    """Let's Encrypt, 2016: each body lists everybody who was written to before."""

    def grow(message: EmailMessage, recipients: list[str]) -> None:
        message.set_content("\n".join([*recipients, message.get_content()]))

    return _mail(fired, grow)


def list_in_to(fired: Fired) -> Patch:
    """Ministry of Defence, 2021: the recipients stand in To, for each other to see."""

    def show(message: EmailMessage, recipients: list[str]) -> None:
        message.replace_header("To", ", ".join(recipients))

    return _mail(fired, show)


def list_in_cc(fired: Fired) -> Patch:
    def copy(message: EmailMessage, recipients: list[str]) -> None:
        message["Cc"] = ", ".join(recipients[:-1])

    return _mail(fired, copy)


def telling_subject(fired: Fired) -> Patch:
    def tell(message: EmailMessage, _recipients: list[str]) -> None:
        message.replace_header("Subject", "Your client's data breach notice A000100007")

    return _mail(fired, tell)


def attached_notice(fired: Fired) -> Patch:
    def attach(message: EmailMessage, _recipients: list[str]) -> None:
        message.add_attachment(
            b"%PDF", maintype="application", subtype="pdf", filename="notice.pdf"
        )

    return _mail(fired, attach)


def envelopes_off_by_one(fired: Fired) -> Patch:
    """Each mail goes to the address of the last one."""
    made: list[Any] = []
    original = sending._envelope

    def stale(*given: Any) -> Any:
        made.append(original(*given))
        if len(made) < 2:
            return made[-1]
        fired.append(1)
        return replace(made[-1], recipient=made[-2].recipient)

    return patch.object(sending, "_envelope", stale)


def misaligned_sheet(fired: Fired) -> Patch:
    """The names of the delivery sheet have slipped by one row."""
    original = delivery_sheets.render_sheet

    def slip(sheet: Any) -> Any:
        names = [row.name for row in sheet.rows]
        fired.append(1)
        rows = zip(sheet.rows, names[1:] + names[:1], strict=True)
        return original(replace(sheet, rows=tuple(replace(row, name=name) for row, name in rows)))

    return patch.object(delivery_sheets, "render_sheet", slip)


def misaligned_print_job(fired: Fired) -> Patch:
    """The letters of a print job have slipped against the manifest's references."""
    original = batching.combine

    def slip(number: str, letters: list[Any], *more: Any, **named: Any) -> Any:
        fired.append(1)
        turned = [
            replace(one, pdf=other.pdf, sha256=other.sha256, pages=other.pages)
            for one, other in zip(letters, letters[1:] + letters[:1], strict=True)
        ]
        return original(number, turned, *more, **named)

    return patch.object(batching, "combine", slip)


def pages_off_by_one(fired: Fired) -> Patch:
    """The manifest cuts the print job one page too late: the last page goes into the next envelope."""
    original = mailhouse._entries

    def late(letters: Any) -> Any:
        fired.append(1)
        return (
            replace(entry, first_page=entry.first_page + 1, last_page=entry.last_page + 1)
            for entry in original(letters)
        )

    return patch.object(mailhouse, "_entries", late)


WHILE_MAKING = (
    letters_off_by_one, shared_context, stale_address, stale_reference, accumulating_letter,
)  # fmt: skip
WHILE_SENDING = (
    accumulating_mail, list_in_to, list_in_cc, telling_subject, attached_notice,
    envelopes_off_by_one, misaligned_sheet, misaligned_print_job, pages_off_by_one,
)  # fmt: skip
