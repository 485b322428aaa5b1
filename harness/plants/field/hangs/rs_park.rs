// nobody has a handle of this thread
fn main() {
    loop {
        std::thread::park();
    }
}
