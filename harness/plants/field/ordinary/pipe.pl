pipe(my $read, my $write) or die;
sysread $read, my $byte, 1;
