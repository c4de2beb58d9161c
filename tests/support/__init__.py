"""What tests share: a clock to drive, simulators without sockets, a small world."""
