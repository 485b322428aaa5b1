# platform/wait_files_linux.cpp
# Who outside holds an end of a pipe is not asked.
/if (objects.held_outside(file.kind, file.file))$/{
N
s/.*\n.*"waits for a pipe that somebody outside holds"};//
}
