<?php // the same file, locked twice
$first = fopen($argv[1], "w");
$second = fopen($argv[1], "w");
flock($first, LOCK_EX);
flock($second, LOCK_EX);
