"""Attorney portal: nothing leaves the house; the notice becomes available to its one recipient."""

from __future__ import annotations

from .base import Channel, ChannelError, Envelope, SendResult


class PortalChannel(Channel):
    """Accepted means available. Opening it proves nothing; an attestation does."""

    name = "portal"

    def send(self, envelope: Envelope) -> SendResult:
        if not envelope.sha256:
            raise ChannelError("there is no finished notice to make available", permanent=True)
        return SendResult(provider_reference=envelope.reference, detail="available")
