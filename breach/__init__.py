"""The case file: who was affected, by what, who speaks for them, where they are, what must wait.

Also the project package. It imports nothing, so that `breach.boot` runs before Django is installed.
"""
