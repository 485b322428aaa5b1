# platform/wait_futex_linux.cpp
# A file of a futex has no name by which others open it.
s/if (futex.nameless) return nullptr;/if (true) return nullptr;/
