# platform/wait_signals_linux.cpp
# Every call survives a stop.
s/signals.stop = ends_by_stop(thread.call, thread.arguments.data()) ||/signals.stop =/
