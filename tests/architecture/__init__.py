"""The rules of the house, with teeth: each is shown to bite by a planted sin."""
