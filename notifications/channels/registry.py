"""The channels there are. A new one is a file, a line here and a test."""

from __future__ import annotations

from .base import Channel, ChannelConfig
from .batch import BatchChannel
from .call import CallChannel
from .email import EmailChannel
from .hand import HandChannel
from .mailhouse import MailHouseChannel
from .portal import PortalChannel

_SINGLE: dict[str, type[Channel]] = {
    channel.name: channel for channel in (EmailChannel, PortalChannel, CallChannel)
}
_BATCHED: dict[str, type[BatchChannel]] = {
    channel.name: channel for channel in (MailHouseChannel, HandChannel)
}
SINGLE_CHANNELS = frozenset(_SINGLE)
BATCH_CHANNELS = frozenset(_BATCHED)


def open_channel(name: str, config: ChannelConfig) -> Channel:
    """A channel that sends one delivery at a time. Raises KeyError for any other name."""
    return _SINGLE[name](config)


def open_batch_channel(name: str, config: ChannelConfig) -> BatchChannel:
    """A channel that takes whole batches. Raises KeyError for any other name."""
    return _BATCHED[name](config)
