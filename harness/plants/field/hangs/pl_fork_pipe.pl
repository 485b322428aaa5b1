# Perl/perl5#953: close of a pipe to a command, while a forked child holds it
use strict;
pipe(my $read, my $write) or die;
open(my $command, "|-", "cat >/dev/null") or die;
my $pid = fork;
if (!$pid) {
    close $write;
    <$read>;
    exit 0;
}
close $command;
close $write;
waitpid $pid, 0;
