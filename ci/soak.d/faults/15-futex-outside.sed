# platform/wait_futex_linux.cpp
# Who outside maps the file of a futex is not asked.
s/if (objects.held_outside(FileKind::regular, futex.file) ||/if (/
