# platform/wait_signals_linux.cpp
# A wait for children does not tell of those that are stopped.
s/tells_of_stops(thread) ||/(false \&\& tells_of_stops(thread)) ||/
