"""Where tracking data lives: the contract, the SQL store behind it and the remote one."""
