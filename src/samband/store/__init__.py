"""Where it is kept: all SQL, migrations, blobs and the change log."""
