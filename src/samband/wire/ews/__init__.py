"""What EWS clients say and hear: one module a family of operations."""
