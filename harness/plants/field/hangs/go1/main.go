// golang/go#60309: Wait, and nobody reads the child's pipe
package main

import (
	"io"
	"os/exec"
)

func main() {
	command := exec.Command("head", "-c", "400000", "/dev/zero")
	output, _ := command.StdoutPipe()
	command.Start()
	command.Process.Wait()
	io.ReadAll(output)
}
