add_test(stuck stuck)
