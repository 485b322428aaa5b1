require("node:child_process").spawn("stuck", [], { stdio: "inherit" });
