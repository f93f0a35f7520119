"""The forms of the case file's pages. They read and check; the verbs in `breach.services` write."""
