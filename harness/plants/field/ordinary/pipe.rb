read, write = IO.pipe
read.read(1)
write.close
