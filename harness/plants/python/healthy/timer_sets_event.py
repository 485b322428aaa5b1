import threading

ready = threading.Event()
threading.Timer(1, ready.set).start()
ready.wait()
