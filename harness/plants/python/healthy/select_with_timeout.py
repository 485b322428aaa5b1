import select, socket

one, other = socket.socketpair()
select.select([one], [], [], 0.7)
poll = select.poll()
poll.register(one, select.POLLIN)
poll.poll(700)
