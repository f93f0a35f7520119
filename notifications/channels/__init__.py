"""Ways out of the house: one file and one class per channel, plain dataclasses in and out."""
