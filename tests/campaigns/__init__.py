"""Attacks carried out in full, on a database that is gone afterwards."""
