"""The product told as stories, from end to end, on real services."""
