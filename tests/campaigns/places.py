"""Where data could lie: logs, database files, WAL, a dump, broker, mails, temporary folders, names, the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.campaigns.stage import Stage
from tests.campaigns.sweeping import Sweep

# The letters themselves, in clear until mail house and facilities have them (SECURITY.md): swept by name only.
LETTERS = "spool"
# Programs and pictures of ours, and the server's own.
NOT_DATA = ("static", "binaries-")


def places(stage: Stage) -> Iterator[tuple[str, Path]]:
    """Every file an installation and its users leave behind, by a name that says where."""
    roots = {
        "data": stage.data,
        "postgres": stage.cluster,
        "temporary": stage.tmp,
        "browser": stage.profile,
    }
    for name, root in roots.items():
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if _is_data(path, inside) and not (
                name == "data" and path.is_relative_to(stage.cluster)
            ):
                yield f"{name}/{inside}", path


def _is_data(path: Path, inside: Path) -> bool:
    first = inside.parts[0]
    if first == LETTERS or any(part.startswith(NOT_DATA) for part in inside.parts):
        return False
    return path.is_file() and not path.is_symlink()


def fill(sweep: Sweep, stage: Stage) -> int:
    """Give the sweep everything there is; how many places that are."""
    for place, path in places(stage):
        sweep.add(place, path)
    names = [str(path.relative_to(stage.work)) for path in stage.work.rglob("*")]
    names = [name for name in names if not name.startswith(("desk/", "sweep"))]
    sweep.add_text("names of all files and folders", "\n".join(names).encode())
    sweep.add_text("pg_dump", stage.dump())
    for pid, command in _command_lines():
        sweep.add_text(f"command line of {pid}", command)
    return len(sweep.files)


def _command_lines() -> Iterator[tuple[int, bytes]]:
    """What a list of processes shows to everybody on the host."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"breach" in command or b"celery" in command:
            yield int(folder.name), command
