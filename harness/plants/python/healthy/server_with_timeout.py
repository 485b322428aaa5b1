# A server that nobody asks.
import http.server

with http.server.HTTPServer(
        ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
    server.timeout = 1
    server.handle_request()
