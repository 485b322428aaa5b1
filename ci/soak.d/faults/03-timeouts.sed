# platform/wait_calls_linux.cpp
# A wait with a time-out is one without.
s/if (is_timed(facts.call, facts.arguments.data()))/if (false)/
