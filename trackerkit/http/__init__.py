"""The one door to HTTP servers: every backend over HTTP sends its requests through an HttpClient."""

from __future__ import annotations

from trackerkit.http.answers import Answer, Stream
from trackerkit.http.client import HttpClient
from trackerkit.http.wire import Body

__all__ = ["Answer", "Body", "HttpClient", "Stream"]
