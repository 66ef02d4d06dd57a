"""The only room with sockets, TLS, timers and tasks."""
