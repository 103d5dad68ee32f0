"""What every service process of Shelfcast has: /healthz, /readyz and /metrics, and a clean stop on SIGTERM."""

import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from shelfcast_spark.page_guard import is_foreign


class Service:
    def __init__(self, host: str, port: int, own_hosts: frozenset[str]) -> None:
        self.registry = CollectorRegistry()
        self.stopping = threading.Event()
        self._is_ready = False
        self._own_hosts = own_hosts
        self.take_signals()
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take_signals(self) -> None:
        """A clean stop on SIGTERM and SIGINT. Spark takes SIGINT for itself when a session begins."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self.stopping.set())

    def ready(self) -> None:
        self._is_ready = True

    def close(self) -> None:
        self._server.shutdown()

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = self.connection.getsockname()[0]
                if is_foreign(self.path, self.headers, address, service._own_hosts):
                    self._say(
                        403, b'{"message":"Ask by 127.0.0.1 or localhost, or add the name to ALLOWED_HOSTS."}'
                    )
                elif self.path == "/healthz":
                    self._say(200, b'{"status":"ok"}')
                elif self.path == "/readyz":
                    ready = service._is_ready and not service.stopping.is_set()
                    self._say(
                        200 if ready else 503, b'{"status":"ready"}' if ready else b'{"status":"not ready"}'
                    )
                elif self.path == "/metrics":
                    self._say(200, generate_latest(service.registry), CONTENT_TYPE_LATEST)
                else:
                    self._say(404, b'{"message":"There are /healthz, /readyz and /metrics."}')

            def _say(self, status: int, body: bytes, kind: str = "application/json") -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing: a probe comes every second."""

        return Handler
