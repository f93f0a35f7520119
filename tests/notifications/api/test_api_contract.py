"""The API keeps what its description promises, whatever the generator of requests comes up with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from breach.models import Exposure, FollowUp
from breach.services import clock, followups
from breach.services.rosters_asking import ask_to_read
from notifications.models import Delivery, Notification
from tests.api_calls import signed_in
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World

EXAMPLES = 15
PROMISES = [not_a_server_error, status_code_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The OpenAPI description, generated without a warning."""
    file: Path = tmp_path_factory.mktemp("openapi") / "schema.yaml"
    call_command("spectacular", "--fail-on-warn", "--validate", file=str(file))
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def test_the_description_names_every_address_and_how_it_can_fail(
    description: dict[str, Any],
) -> None:
    assert len(description["paths"]) == 21
    for operations in description["paths"].values():
        for method, operation in operations.items():
            assert {"403", "405", "406"} <= set(operation["responses"])
            assert ("409" in operation["responses"]) == (method == "post")


def test_no_answer_has_a_field_for_what_is_sealed(description: dict[str, Any]) -> None:
    asked = {"NewContact"}  # goes in only
    opened = "Revealed"  # the answer to a recorded look, and no part of any other answer
    fields = {
        field
        for name, component in description["components"]["schemas"].items()
        if name not in asked and not name.startswith(opened)
        for field in component.get("properties", {})
    }
    assert not fields & {
        "family_name", "given_names", "name_as_listed", "aliases", "birth_date", "nationality", "sex", "address",
        "value", "note", "pdf", "person_id", "safe_contact_note", "statement",
    }  # fmt: skip


def ids(world: World) -> dict[str, list[str]]:
    """Ids that exist, by the address they belong to."""
    exposures = Exposure.objects.filter(incident=world.incident)
    rows = [followups.NextAction(one.pk, "call_back", "Call.", clock.today()) for one in exposures]
    followups.open_many(actor=world.supervisor, incident=world.incident, rows=rows)
    found = {
        "incidents": [world.incident.pk],
        "exposures": exposures.values_list("pk", flat=True),
        "notifications": Notification.objects.values_list("pk", flat=True),
        "deliveries": Delivery.objects.values_list("pk", flat=True),
        "roster-jobs": [
            ask_to_read(actor=world.supervisor, incident=world.incident, data=b"A,B\n1,2\n").pk
        ],
        "follow-ups": FollowUp.objects.values_list("pk", flat=True),
    }
    return {name: [str(pk) for pk in pks] for name, pks in found.items()}


def send(client: Client, case: schemathesis.Case) -> schemathesis.Response:
    """Let the test's client carry a generated request; its answer in the form the checks read."""
    asked = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    content_type = asked.headers.pop("Content-Type", "application/json")
    heard = client.generic(
        str(asked.method), asked.path_url, asked.body or b"", content_type=content_type,
        headers=dict(asked.headers),
    )  # fmt: skip
    headers = {name: [value] for name, value in heard.headers.items()}
    return schemathesis.Response(
        status_code=heard.status_code, headers=headers, content=heard.content, request=asked, elapsed=0.0,
        verify=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_operation_keeps_its_promises(
    world: World, description: dict[str, Any], subtests: pytest.Subtests
) -> None:
    send_out(world, world.detained(2))
    known, client = ids(world), signed_in(world.supervisor, raise_request_exception=False)
    for found in schemathesis.openapi.from_dict(without_security(description)).get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), data=st.data())
        def keeps_promises(case: schemathesis.Case, data: st.DataObject) -> None:
            section = case.path.strip("/").split("/")[1]
            if "id" in case.path_parameters and data.draw(st.booleans()):
                case.path_parameters["id"] = data.draw(st.sampled_from(known[section]))
            case.validate_response(send(client, case), checks=PROMISES)

        with subtests.test(operation=f"{operation.method} {operation.path}"):
            keeps_promises()


def without_security(description: dict[str, Any]) -> dict[str, Any]:
    """The description for a caller whose session is taken care of."""
    paths = {
        path: {method: {**operation, "security": []} for method, operation in operations.items()}
        for path, operations in description["paths"].items()
    }
    return {**description, "paths": paths}
