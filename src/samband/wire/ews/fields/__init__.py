"""One row a FieldURI."""
