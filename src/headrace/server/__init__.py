"""The server: one endpoint table, answered without sockets (`core`) and over HTTP (`asgi`)."""
