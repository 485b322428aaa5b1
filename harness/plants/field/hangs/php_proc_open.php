<?php // omeka/omeka-s#1990: stdout is read to its end, the child fills stderr
$p = proc_open(["sh", "-c", "head -c 300000 /dev/zero >&2; echo done"],
               [1 => ["pipe", "w"], 2 => ["pipe", "w"]], $pipes);
stream_get_contents($pipes[1]);
stream_get_contents($pipes[2]);
proc_close($p);
