"""What takes two people and what may leave as a file, on both sides of the arrow; part of the composition root.

Named as strings only, like everything in the settings; docs/recipes.md says how to add a kind.
"""

from __future__ import annotations

APPROVAL_KINDS = [
    "breach.services.merging.Merge",
    "breach.services.granting.RoleGrant",
    "breach.services.resetting.FactorReset",
    "breach.services.proofing.AttorneyProofing",
    "breach.services.exporting.ExportApproval",
    "notifications.services.releasing.SendRelease",
    "notifications.services.ending.Unreachable",
    "notifications.services.ending.Withdrawal",
]
# Books of their own that collect second signatures, shown with the approvals.
APPROVAL_BOOKS = [
    "notifications.services.letters.waiting_for_signature",
]

# Tables that may leave as encrypted files, and who prints them on paper.
EXPORT_KINDS = [
    "notifications.services.export_tables.NotTold",
    "notifications.services.export_tables.NotToldByName",
    "notifications.services.export_tables.ServiceFigures",
    "breach.services.export_kinds.Accounting",
]
EXPORT_PRINTER = "notifications.rendering.tables.table_pdf"
