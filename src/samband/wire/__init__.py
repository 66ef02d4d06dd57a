"""What peers say: codecs and state machines without I/O, clock or randomness."""
