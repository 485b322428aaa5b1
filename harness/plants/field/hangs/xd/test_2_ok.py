def test_it_is_well():
    pass
