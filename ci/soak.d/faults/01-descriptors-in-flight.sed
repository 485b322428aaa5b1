# platform/wait_objects_linux.cpp
# A descriptor under way in a socket is nobody's.
s/in_flight_ = in_flight_ || one.in_flight;/in_flight_ = in_flight_ \&\& one.in_flight;/
