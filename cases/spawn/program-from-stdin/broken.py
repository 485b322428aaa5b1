# A script that uses a pool is fed to the interpreter on its standard input.
import multiprocessing as mp
import subprocess
import sys


def double(n):
    return 2 * n


def main():
    mp.set_start_method(sys.argv[1])
    with mp.Pool(1) as pool:
        print("expected: 42")
        print("observed: %d" % pool.apply(double, (21,)))


if __name__ == "__main__" and sys.argv[2:] == ["inner"]:
    main()
elif __name__ == "__main__":
    with open(__file__) as script:
        command = [sys.executable, "-", sys.argv[1], "inner"]
        sys.exit(subprocess.call(command, stdin=script))
