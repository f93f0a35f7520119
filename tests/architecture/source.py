"""The project's own Python files, parsed, and the rules that read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from breach.boot.service import CHECKOUT

MODULE_LINES, FUNCTION_LINES = 400, 50
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
WRITES = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create",
    "select_for_update", "asave", "acreate", "aupdate", "adelete",
}  # fmt: skip
# Rooms that talk to people, programs and clocks: they call verbs, they do not write.
OUTER_ROOMS = (
    "breach/web", "breach/api", "breach/management", "breach/templatetags", "breach/tasks",
    "notifications/web", "notifications/portal", "notifications/api", "notifications/management",
    "notifications/tasks", "notifications/demo",
)  # fmt: skip
# Objects with methods of these names that are not rows.
NOT_ROWS = {
    "hashlib",
    "digest",
    "counts",
    "answers",
    "bars",
    "dict",
    "session",
    "params",
    "query",
    "live",
    "totals",
}
# Steps of the outbox protocol below the verbs: the caller has checked who acts.
STEPS = {"claiming.claim", "outcomes.put_back"}


# Effects of approvals: the verb is called by its kind, and by no page or API view. The operator's commands may.
ONLY_APPROVED = {
    "duplicates.join", "factors.reset", "users.grant", "users.create_user", "attorneys.invite", "releasing.release",
    "closing.close_unreachable", "closing.withdraw_person",
}  # fmt: skip
FACES = (
    "breach/web", "breach/api", "notifications/web", "notifications/portal", "notifications/api",
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
        if isinstance(node, ast.ImportFrom) and node.module in (
            "django.db.models.signals", "django.dispatch", "django.contrib.contenttypes.fields",
        ):  # fmt: skip
            yield f"{module.path}:{node.lineno} imports {node.module}"


def writes_outside_services(module: Module) -> Iterator[str]:
    """Calls in the outer rooms that would change rows behind the verbs' back."""
    if not module.path.startswith(OUTER_ROOMS):
        return
    for node in ast.walk(module.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in WRITES and _is_about_rows(node.func.value):
            yield f"{module.path}:{node.lineno} calls .{node.func.attr}()"


def effects_without_approval(module: Module) -> Iterator[str]:
    """Pages that would do alone what takes two people."""
    if not module.path.startswith(FACES):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if f"{node.value.id}.{node.attr}" in ONLY_APPROVED:
                yield f"{module.path}:{node.lineno} uses {node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            room = (node.module or "").rpartition(".")[2]
            for alias in node.names:
                if f"{room}.{alias.name}" in ONLY_APPROVED:
                    yield f"{module.path}:{node.lineno} imports {room}.{alias.name}"


def _is_about_rows(owner: ast.expr) -> bool:
    """Whether what the method is called on may be a row or a query set: anything not known to be something else."""
    words = {node.id for node in ast.walk(owner) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(owner) if isinstance(node, ast.Attribute)}
    if "objects" in words:
        return True
    return not (words & NOT_ROWS) and not isinstance(owner, ast.Dict | ast.Constant)


def verbs_without_actor(module: Module) -> Iterator[str]:
    """A service's public function that writes takes keywords only, the actor first."""
    if "/services/" not in module.path or "transaction" not in module.text:
        return
    for node in module.tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if not any("atomic" in ast.dump(decorator) for decorator in node.decorator_list):
            continue
        first = node.args.kwonlyargs[0].arg if node.args.kwonlyargs else ""
        step = f"{Path(module.path).stem}.{node.name}"
        if step not in STEPS and (node.args.args or first != "actor"):
            yield f"{module.path}:{node.lineno} {node.name} is not keyword-only with the actor first"
