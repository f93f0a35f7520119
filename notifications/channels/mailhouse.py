"""Print and post: the batch folder a mail house fetches (one PDF, a manifest, hashes)."""

from __future__ import annotations

from .batch import BatchChannel


class MailHouseChannel(BatchChannel):
    """Letters for the post. Accepted means written; only the carrier or a return says more."""

    name = "mailhouse"
