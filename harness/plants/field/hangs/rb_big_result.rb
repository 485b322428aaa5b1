# jeremyevans/minitest-parallel_fork#4: children marshal more than a pipe holds,
# and the parent waits for them first
readers = 3.times.map do
  read, write = IO.pipe
  fork do
    read.close
    Marshal.dump("x" * 200_000, write)
    exit!(0)
  end
  write.close
  read
end
Process.waitall
readers.each { |read| Marshal.load(read) }
