# platform/wait_graph.cpp
# Handlers do not run.
s/(signals.outside != 0 || signals.stop);/signals.stop;/
