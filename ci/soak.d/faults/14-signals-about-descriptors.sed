# platform/wait_graph_linux.cpp
# O_ASYNC sends nothing.
s/if (one.signals) return .*;//
