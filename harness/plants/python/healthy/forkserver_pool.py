import multiprocessing, time

if __name__ == "__main__":
    with multiprocessing.get_context("forkserver").Pool(2) as pool:
        pool.map(time.sleep, [1, 1])
