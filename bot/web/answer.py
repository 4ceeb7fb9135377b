"""Answers over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and content type."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


def send(start_response: StartResponse, answer: Answer, method: str = "POST") -> None:
    """Sends the answer at once, instead of when the application has done everything else."""
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    write = start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    write(b"" if method == "HEAD" else answer.body)
