"""The server's open TCP connections, so that a test can cut one during a request and lose the answer."""

import asyncio
import socket
import struct

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections:
    """Maps a client's address to its transport."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """A uvicorn protocol that reports its connections here."""
        transports = self._transports

        class Reported(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                transports[transport.get_extra_info("peername")[:2]] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                for address in [each for each, known in transports.items() if known is self.transport]:
                    del transports[address]
                super().connection_lost(exc)

        return Reported

    def transport(self, client: tuple[str, int]) -> asyncio.Transport | None:
        """The transport of that client's connection."""
        return self._transports.get(client)

    def forget(self, client: tuple[str, int]) -> None:
        """Forget a connection that became a WebSocket and has ended: nothing else reports its end."""
        self._transports.pop(client, None)

    async def drop(self, request: Request) -> None:
        """Close the connection of this request without an answer; returns when it is closed."""
        client = request.client
        transport = self._transports.get((client.host, client.port)) if client else None
        if transport is not None:
            transport.close()
            while client is not None and (client.host, client.port) in self._transports:
                await asyncio.sleep(0.001)


def hang_up(transport: asyncio.Transport) -> None:
    """Close it as an ending process does: the other side reads an end of file and nothing before it."""
    transport.abort()


def reset(transport: asyncio.Transport) -> None:
    """Close it with a reset."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def freeze(transport: asyncio.Transport) -> None:
    """Stop reading, so nothing is answered: this is how a connection behaves when the other side has lost power."""
    transport.pause_reading()
