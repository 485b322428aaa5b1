# platform/wait_graph_linux.cpp
# A pending alarm is not looked for.
s/if (around.alarm != Surroundings::Alarm::none)/if (false)/
