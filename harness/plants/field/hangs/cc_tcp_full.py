# both write to one connection before they read, as pipelining clients do
import os
import socket

server = socket.create_server(("127.0.0.1", 0))
pid = os.fork()
if pid == 0:
    client = socket.create_connection(server.getsockname())
    server.close()
    client.sendall(b"x" * 50_000_000)
    client.recv(1)
    os._exit(0)
connection, _ = server.accept()
server.close()
connection.sendall(b"y" * 50_000_000)
os.waitpid(pid, 0)
