"""The process: settings, wiring, servers, the clock's ticks, the command line, the sandbox workspace."""
