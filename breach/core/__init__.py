"""Tools that know nothing of breaches: roles, state machines, sealing, reading tables."""
