"""How fast Samband is, beside floors and peers measured in the same run. ``python -m bench`` prints all of it."""
