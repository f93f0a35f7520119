"""News from outside, translated at the door into our receipt kinds: plain records, no models."""
