"""One file per database: connections, locks, error translation and the SQL that differs."""
