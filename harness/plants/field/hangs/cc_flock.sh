#!/bin/sh
# flock(1) of one file inside of itself
exec flock "$1" flock "$1" true
