import Glibc

/// Gives memory that is free back to the system: what a large snapshot needed for a moment would otherwise stay with
/// this process as long as it lives.
func trimMemory() {
    // glibc's own function, which the Glibc module does not show; elsewhere there is none, and nothing to do.
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    let trim = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
    _ = trim(0)
}
