"""Who hears of it: committed changes, in order, to bounded subscribers."""
