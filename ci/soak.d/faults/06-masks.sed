# platform/wait_signals_linux.cpp
# What the first thread blocks nobody gets.
s/own.caught & ~thread.blocked;/own.caught \& ~own.threads.front().blocked;/
