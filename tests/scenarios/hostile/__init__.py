"""Attacks on a running demo, each a function that also says what a server must do with it."""
