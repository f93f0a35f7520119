"""The base of every anticipated refusal: its text is a sentence for the person in front of the page."""

from __future__ import annotations


class Refused(Exception):
    """Something the program will not do, said in one translated sentence: what, where, what to do."""
