# platform/wait_graph.cpp
# Members send no signals.
s/if (outside || inside ||/if (outside || (false \&\& inside) ||/
