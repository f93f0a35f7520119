"""The threat model names what shows each control, and all of it is there."""

from __future__ import annotations

import re

import pytest

from breach.boot.service import CHECKOUT

MODEL = CHECKOUT / "docs" / "threat-model.md"
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", MODEL.read_text("utf-8"))))
LINKS = sorted(set(re.findall(r"\]\(([^)#:]+)\)", MODEL.read_text("utf-8"))))


@pytest.mark.parametrize("path", NAMED)
def test_what_the_threat_model_names_exists(path: str) -> None:
    text = (CHECKOUT / path).read_text("utf-8")
    assert "def test_" in text or '__name__ == "__main__"' in text, "it shows nothing"


@pytest.mark.parametrize("link", LINKS)
def test_its_links_lead_somewhere(link: str) -> None:
    assert (MODEL.parent / link).exists()


def test_every_actor_has_a_control_and_a_test() -> None:
    rows = [
        line.split("|")[1:-1]
        for line in MODEL.read_text("utf-8").splitlines()
        if line.startswith("| ")
    ]
    head, *actors = [row for row in rows if not set(row[0].strip()) <= {"-"}]
    assert [cell.strip() for cell in head] == [
        "actor",
        "wants",
        "control",
        "shown by",
        "what remains",
    ]
    assert len(actors) >= 18
    for row in actors:
        assert all(cell.strip() for cell in row), row[0]
        assert "`tests/" in row[3], f"nothing shows what stops {row[0].strip()}"


def test_the_security_page_leads_to_it() -> None:
    assert "docs/threat-model.md" in (CHECKOUT / "SECURITY.md").read_text("utf-8")
