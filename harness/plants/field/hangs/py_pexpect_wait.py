# pexpect/pexpect#545: wait() beside a terminal full of output that is not read
import pexpect

pexpect.spawn("head -c 400000 /dev/zero", timeout=None).wait()
