//! What this process holds, as the system counts it.

/// Open descriptors.
pub(crate) fn descriptors() -> usize {
    // The folder's own descriptor is one of them.
    std::fs::read_dir("/proc/self/fd").unwrap().count() - 1
}

/// Memory in use, in bytes.
pub(crate) fn memory() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Threads.
pub(crate) fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}
