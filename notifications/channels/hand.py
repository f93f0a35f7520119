"""Hand delivery: the batch folder for one facility (delivery sheet, sealed letters, manifest)."""

from __future__ import annotations

from .batch import BatchChannel


class HandChannel(BatchChannel):
    """Letters handed over in one facility. Accepted means written; the signed sheet is proof."""

    name = "hand"
