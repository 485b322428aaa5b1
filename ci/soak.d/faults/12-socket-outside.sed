# platform/wait_files_linux.cpp
# Who outside holds the other end of a socket is not asked.
s/objects.held_outside(file.kind, {file.file.device, file.peer}))/false)/
