# platform/wait_graph_linux.cpp
# A POSIX timer sends nothing.
s/if (process.timers) return .*;//
