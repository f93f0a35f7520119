"""The project's own Python files, parsed, and the rules that read them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from breach.boot.service import CHECKOUT

MODULE_LINES, FUNCTION_LINES = 400, 50
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
WRITES = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create",
    "select_for_update", "asave", "acreate", "aupdate", "adelete", "abulk_create", "abulk_update", "aget_or_create",
    "aupdate_or_create", "add", "aadd", "set", "aset", "remove", "aremove", "clear", "aclear",
}  # fmt: skip
READING_SQL = ("SELECT ", "SET TRANSACTION READ ONLY")
# Verbs live in services/; core/ and boot/ are the tools they and the set-up are made with. Nobody else writes.
MAY_WRITE = ("breach/services/", "notifications/services/", "breach/core/", "breach/boot/")
# Methods of these names on something that is no row: module, owner, method.
NOT_ROWS = {
    "breach/history.py promised.setdefault.add",
    "breach/management/commands/import_roster.py self.bars.update",
    "breach/tasks.py self._over.set",
    "breach/web/security.py factors.remove",
    "notifications/demo/simulation.py answers.update",
    "notifications/guards.py plans.update",
    "notifications/mailsink.py over.set",
    "notifications/management/progress.py self.bars.update",
    "notifications/queries.py counts.update",
    "notifications/rendering/mailhouse.py combined.save",
}
# Steps below the verbs: the caller has checked who acts.
STEPS = {"claiming.claim", "outcomes.put_back", "budgets.recorded"}

# Effects of approvals: the verb is called by its kind, and by no page or API view. The operator's commands may.
ONLY_APPROVED = {
    "duplicates.join", "factors.reset", "users.grant", "users.create_user", "attorneys.invite", "releasing.release",
    "closing.close_unreachable", "closing.withdraw_person", "keys.destroy",
}  # fmt: skip
FACES = (
    "breach/web", "breach/api", "breach/tasks", "notifications/web", "notifications/portal", "notifications/api",
    "notifications/tasks",
)  # fmt: skip


@dataclass(frozen=True)
class Module:
    """One file: where it is, and its syntax tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return self.text.count("\n")


@cache
def modules() -> tuple[Module, ...]:
    """Every module of both apps but migrations."""
    found = []
    for app in ("breach", "notifications"):
        for file in sorted((CHECKOUT / app).rglob("*.py")):
            path = file.relative_to(CHECKOUT).as_posix()
            if "/migrations/" not in path:
                found.append(Module(path, file.read_text("utf-8")))
    return tuple(found)


def too_long(module: Module) -> Iterator[str]:
    if module.lines > MODULE_LINES:
        yield f"{module.path} has {module.lines} lines"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{module.path}:{node.lineno} {node.name} has {lines} lines"


def without_opening(module: Module) -> Iterator[str]:
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield f"{module.path} does not say what it is for"


def vaguely_named(module: Module) -> Iterator[str]:
    if VAGUE_NAMES & set(Path(module.path).with_suffix("").parts):
        yield f"{module.path} has a name that says nothing"


def star_imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield f"{module.path}:{node.lineno} imports *"


def hidden_couplings(module: Module) -> Iterator[str]:
    """Signals and generic foreign keys couple rooms without an import that anybody could see."""
    for node in ast.walk(module.tree):
        for name, _as in imports_of(node):
            signals = name.startswith("django.") and "signals" in name.split(".")
            if signals or name.startswith(
                ("django.dispatch", "django.contrib.contenttypes.fields")
            ):
                yield f"{module.path}:{node.lineno} imports {name}"


def imports_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What this statement imports, by its full name, and what it is called from there on."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, alias.asname or alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (
            (f"{node.module or ''}.{alias.name}", alias.asname or alias.name)
            for alias in node.names
        )


def more_than_python(module: Module) -> Iterator[str]:
    """The set-up runs on a bare machine, before any package is installed."""
    if not module.path.startswith("breach/boot/"):
        return
    for node in ast.walk(module.tree):
        for name, _as in imports_of(node):
            if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(
                "breach.boot"
            ):
                yield f"{module.path}:{node.lineno} imports {name}"


def writes_outside_services(module: Module) -> Iterator[str]:
    """Calls that would change rows behind the verbs' back, through a model, a relation or the bare cursor."""
    if module.path.startswith(MAY_WRITE):
        return
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = ast.unparse(node.func.value)
        called = f"{owner.partition('(')[0]}.{node.func.attr}"
        if node.func.attr in WRITES and f"{module.path} {called}" not in NOT_ROWS:
            yield f"{module.path}:{node.lineno} calls {called}()"
        elif node.func.attr in ("execute", "executemany") and not _only_reads(node):
            yield f"{module.path}:{node.lineno} runs SQL that may write"


def _only_reads(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return (
        isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and first.value.lstrip().startswith(READING_SQL)
    )


def effects_without_approval(module: Module) -> Iterator[str]:
    """Pages, API views and tasks that would do alone what takes two people."""
    if not module.path.startswith(FACES):
        return
    rooms: dict[str, str] = {}
    for node in ast.walk(module.tree):
        for name, called in imports_of(node):
            rooms[called] = name.rpartition(".")[2]
            if ".".join(name.split(".")[-2:]) in ONLY_APPROVED:
                yield f"{module.path}:{node.lineno} imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            verb = f"{rooms.get(owner, owner.rpartition('.')[2])}.{node.attr}"
            if verb in ONLY_APPROVED:
                yield f"{module.path}:{node.lineno} uses {verb}"


def tasks_that_carry(module: Module) -> Iterator[str]:
    """The broker is an alarm clock: tasks take ids and names, and give nothing back."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef) or not any(
            "shared_task" in ast.dump(decorator) for decorator in node.decorator_list
        ):
            continue
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        told = {ast.unparse(one.annotation) if one.annotation else "" for one in given}
        if not told <= {"str", "int"} or node.args.vararg or node.args.kwarg:
            yield f"{module.path}:{node.lineno} {node.name} takes more than ids"
        if node.returns is None or ast.unparse(node.returns) != "None":
            yield f"{module.path}:{node.lineno} {node.name} leaves a result with the broker"


def verbs_without_actor(module: Module) -> Iterator[str]:
    """A service's public function that writes takes keywords only, the actor first."""
    if "/services/" not in module.path or "transaction" not in module.text:
        return
    for node in module.tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if "atomic" not in ast.unparse(node):  # as a decorator, or around a part of it
            continue
        args = node.args
        first = args.kwonlyargs[0].arg if args.kwonlyargs else ""
        step = f"{Path(module.path).stem}.{node.name}"
        if step not in STEPS and (args.posonlyargs or args.args or args.vararg or first != "actor"):
            yield f"{module.path}:{node.lineno} {node.name} is not keyword-only with the actor first"
