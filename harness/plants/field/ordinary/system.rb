system "stuck"
