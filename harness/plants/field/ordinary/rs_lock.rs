// one mutex, twice
use std::sync::Mutex;

fn main() {
    let mutex = Mutex::new(1);
    let _first = mutex.lock().unwrap();
    let _second = mutex.lock().unwrap();
}
