"""Telling every affected person, and proving it."""
