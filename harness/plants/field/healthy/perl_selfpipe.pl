# The handler writes what the main loop reads.
$| = 1;
pipe(my $read, my $write) or die;
$SIG{TERM} = sub { syswrite $write, "x" };
print "ready\n";
1 until sysread $read, my $byte, 1;
print "stopped\n";
