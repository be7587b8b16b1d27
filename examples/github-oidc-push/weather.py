"""Answers every request with the weather, which is always fine."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer


def report(place: str) -> dict[str, str]:
    return {"place": place, "weather": "fine"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(report(self.path.strip("/") or "here")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("", 8080), Handler).serve_forever()
