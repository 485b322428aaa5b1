# A server comes round ten times a second; its client comes late.
import socket, socketserver, threading, time


class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"x")


with socketserver.TCPServer(("127.0.0.1", 0), Answer) as idle:
    serve = threading.Thread(target=idle.serve_forever, args=[0.1])
    serve.start()
    time.sleep(1.5)
    with socket.create_connection(idle.server_address) as client:
        client.recv(1)
    idle.shutdown()
    serve.join()
