# platform/wait_files_linux.cpp
# Who outside holds an eventfd is not asked.
/if (objects.held_outside(file.kind, file.file))$/{
N
s/.*\n.*"waits for an eventfd that somebody outside holds"};//
}
