"""The demonstration: invented people, invented places, and a simulator that plays the world outside.

Nobody here exists. It uses the same verbs and the same receipt doors as real life.
"""
