// two threads take two mutexes in different order
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

fn main() {
    let both = Arc::new((Mutex::new(1), Mutex::new(2), Barrier::new(2)));
    let theirs = both.clone();
    let other = thread::spawn(move || {
        let _second = theirs.1.lock().unwrap();
        theirs.2.wait();
        let _first = theirs.0.lock().unwrap();
    });
    let _first = both.0.lock().unwrap();
    both.2.wait();
    let _second = both.1.lock().unwrap();
    other.join().unwrap();
}
