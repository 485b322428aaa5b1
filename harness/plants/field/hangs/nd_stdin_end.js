// sxyazi/yazi#1463: nobody ends the child's stdin
const { spawn } = require("node:child_process");
const child = spawn("sort", [], { stdio: ["pipe", "inherit", "inherit"] });
child.stdin.write("b\na\n");
child.on("close", (code) => console.log(code));
