"""The verbs of telling people: prepare, send, receive, prove."""
