<?php
proc_close(proc_open(["stuck"], [], $pipes));
