"""What we mean: frozen values, change types and pure rules. No I/O."""
