import socket, struct

one, other = socket.socketpair()
one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 1, 0))
try:
    one.recv(1)
except BlockingIOError:
    pass
