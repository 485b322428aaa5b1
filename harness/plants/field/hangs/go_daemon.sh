#!/bin/sh
# edouard-claude/snip#120: as py_daemon_holds.py
out=$(ssh-agent -D & echo started)
echo "$out"
