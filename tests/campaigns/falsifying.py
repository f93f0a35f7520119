"""Twenty ways to falsify the history with all the rights of a superuser and every trigger out of the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import connection

from breach.history import COLUMNS

TABLE = "breach_auditevent"
VICTIM = "incident:00000000-0000-0000-0000-000000000001"
OTHER = "incident:00000000-0000-0000-0000-000000000002"
EVENTS, MIDDLE = 12, 6
# Everything that is hashed or holds the chain together, but for the place in it.
COPIED = ", ".join((*COLUMNS, "actor_id", "at", "transaction", "body", "prev_hash", "hash"))


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("AUDIT", TABLE), values or None)


def rows(stream: str = VICTIM) -> list[tuple[int, int, str]]:
    """Id, sequence number and text of a stream's events, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, seq, body FROM {TABLE} WHERE stream = %s ORDER BY seq", [stream]
        )
        return list(cursor.fetchall())


def change(assignment: str, *values: object, seq: int = MIDDLE) -> None:
    sql(f"UPDATE AUDIT SET {assignment} WHERE stream = '{VICTIM}' AND seq = {seq}", *values)


def rewrite(seq: int) -> None:
    """Another action, in column and text alike."""
    change("action = 'nothing.happened', body = replace(body, action, 'nothing.happened')", seq=seq)


def chain_again(first: int) -> None:
    """Make every link from here on hold, as whoever knows the format can."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT hash FROM {TABLE} WHERE stream = %s AND seq = %s", [VICTIM, first - 1]
        )
        found = cursor.fetchone()
    link = found[0] if found else ""
    for pk, seq, body in rows():
        if seq >= first:
            before, link = link, hashlib.sha256((link + body).encode()).hexdigest()
            sql("UPDATE AUDIT SET prev_hash = %s, hash = %s WHERE id = %s", before, link, pk)


def delete(condition: str) -> None:
    sql(f"DELETE FROM AUDIT WHERE stream = '{VICTIM}' AND {condition}")


def shift(by: int, first: int) -> None:
    """Move places in the chain, far away first, so that no two are in one place meanwhile."""
    later = f"WHERE stream = '{VICTIM}' AND seq >="
    sql(f"UPDATE AUDIT SET seq = seq + 1000 {later} {first}")
    sql(f"UPDATE AUDIT SET seq = seq - 1000 + {by} {later} 1000")


def number_again() -> None:
    """Let every text say the place its event now has, and every link hold: only a checkpoint knows better."""
    sql(
        f"UPDATE AUDIT SET body = jsonb_set(body::jsonb, '{{seq}}', to_jsonb(seq))::text WHERE stream = '{VICTIM}'"
    )
    chain_again(1)


def edit_a_column() -> None:
    change("reason = 'never asked for'")


def say_true_where_it_said_one() -> None:
    change("changes = jsonb_set(changes, '{n}', 'true')", seq=1)


def change_the_actor() -> None:
    change("actor_id = gen_random_uuid(), actor_label = 'Somebody else'")


def change_the_time() -> None:
    change("at = at - interval '1 day'")


def edit_the_text() -> None:
    change("body = replace(body, action, 'nothing.happened')")


def edit_the_hash() -> None:
    change("hash = repeat('0', 64)", seq=EVENTS)


def rewrite_one_with_its_hash() -> None:
    rewrite(MIDDLE)
    change("hash = encode(sha256(convert_to(prev_hash || body, 'UTF8')), 'hex')")


def rewrite_one_and_mend_the_next_link() -> None:
    rewrite_one_with_its_hash()
    change(
        "prev_hash = (SELECT hash FROM AUDIT WHERE stream = %s AND seq = %s)", VICTIM, MIDDLE, seq=MIDDLE + 1
    )  # fmt: skip


def delete_the_first() -> None:
    delete("seq = 1")


def delete_one_in_the_middle() -> None:
    delete(f"seq = {MIDDLE}")


def delete_one_and_close_the_gap() -> None:
    delete(f"seq = {MIDDLE}")
    shift(-1, MIDDLE + 1)
    number_again()


def cut_the_tail() -> None:
    delete(f"seq > {MIDDLE}")


def delete_a_whole_stream() -> None:
    delete("true")


def empty_the_table() -> None:
    sql("TRUNCATE AUDIT")


def insert_one_in_the_middle() -> None:
    shift(1, MIDDLE)
    sql(
        f"INSERT INTO AUDIT (stream, seq, {COPIED}) SELECT stream, {MIDDLE}, {COPIED} FROM AUDIT"
        f" WHERE stream = '{VICTIM}' AND seq = 2"
    )
    number_again()


def double_one() -> None:
    sql("ALTER TABLE AUDIT DROP CONSTRAINT auditevent_seq_once")
    sql(
        f"INSERT INTO AUDIT (stream, seq, {COPIED}) SELECT stream, seq, {COPIED} FROM AUDIT"
        f" WHERE stream = '{VICTIM}' AND seq = {EVENTS}"
    )


def swap_two() -> None:
    change("seq = -1")
    change(f"seq = {MIDDLE}", seq=MIDDLE + 1)
    change(f"seq = {MIDDLE + 1}", seq=-1)


def move_the_last_to_another_stream() -> None:
    change(f"stream = '{OTHER}', seq = {EVENTS + 1}", seq=EVENTS)


def take_one_its_place() -> None:
    change("seq = NULL", seq=EVENTS)


def replace_the_whole_chain() -> None:
    for _pk, seq, _body in rows():
        rewrite(seq)
    chain_again(1)


WAYS: tuple[Callable[[], None], ...] = (
    edit_a_column, say_true_where_it_said_one, change_the_actor, change_the_time, edit_the_text, edit_the_hash,
    rewrite_one_with_its_hash, rewrite_one_and_mend_the_next_link, delete_the_first, delete_one_in_the_middle,
    delete_one_and_close_the_gap, cut_the_tail, delete_a_whole_stream, empty_the_table, insert_one_in_the_middle,
    double_one, swap_two, move_the_last_to_another_stream, take_one_its_place, replace_the_whole_chain,
)  # fmt: skip
