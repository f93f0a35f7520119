"""The case file's verbs. Every write in `breach` is one of these: check access, change, audit."""
