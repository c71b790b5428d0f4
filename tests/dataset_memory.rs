//! What values cost while they are read: no memory for each, however many a peer has put into one element.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unsafe_code, reason = "an allocator that counts is one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use dimse::dataset::data_set::DataSet;
use dimse::dataset::json::{from_json, to_json};
use dimse::dataset::limits::Limits;
use dimse::dataset::path::Path;
use dimse::dataset::value::At;

/// The system's, with what is out at the moment, and the most that was.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that was allocated at a time while this ran.
fn cost<T>(what: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let done = what();
    (done, MOST.load(Ordering::Relaxed) - before)
}

/// One test, since others would count too.
#[test]
fn many_values_cost_no_memory_each() {
    const MANY: usize = 1 << 18;
    const LITTLE: usize = 16 * 1024;
    let path = |text: &str| text.parse::<Path>().unwrap();
    let mut set = DataSet::new();
    set.set_bytes(&path("ImageType"), &b"\\".repeat(MANY)).unwrap();
    set.set_bytes(&path("ContourData"), &b"1\\".repeat(MANY)).unwrap();
    set.set_bytes(&path("RedPaletteColorLookupTableDescriptor"), &b"\x01\0".repeat(MANY)).unwrap();
    for (at, count) in
        [("ImageType", MANY + 1), ("ContourData", MANY + 1), ("RedPaletteColorLookupTableDescriptor", MANY)]
    {
        let (counted, bytes) = cost(|| set.count(&path(at)).unwrap());
        assert_eq!(counted, Some(count));
        assert!(bytes < LITTLE, "count of {at}: {bytes}");
        let (_, bytes) = cost(|| set.string(&path(at), At::Value(MANY - 1)).unwrap().unwrap());
        assert!(bytes < LITTLE, "string of {at}: {bytes}");
        // A text of so many characters, while it grows.
        let (text, bytes) = cost(|| set.string(&path(at), At::All).unwrap().unwrap());
        assert!(bytes < 4 * text.len(), "strings of {at}: {bytes}");
    }
    let (number, bytes) = cost(|| set.integer(&path("ContourData"), MANY - 1).unwrap());
    assert_eq!(number, Some(1));
    assert!(bytes < LITTLE, "integer: {bytes}");
    let (number, bytes) = cost(|| set.float(&path("ContourData"), MANY - 1).unwrap());
    assert_eq!(number, Some(1.0));
    assert!(bytes < LITTLE, "float: {bytes}");
    let (json, bytes) = cost(|| to_json(&set).unwrap());
    assert!(bytes < 4 * json.len(), "JSON of {}: {bytes}", json.len());
    // What is in it twice, as bytes that grow and as those that are kept; of the text there is no copy.
    let json = format!("{{\"00091001\":{{\"vr\":\"US\",\"Value\":[{}1]}}}}", "1,".repeat(MANY));
    let (_, bytes) = cost(|| from_json(&json, Limits::IDENTIFIER).unwrap());
    assert!(bytes < 5 * 2 * MANY, "{MANY} values of JSON: {bytes}");
    let few = Limits { elements: MANY, ..Limits::IDENTIFIER };
    let (error, bytes) = cost(|| from_json(&json, few).unwrap_err());
    assert!(error.to_string().contains("more than the limit of 262144 elements"), "{error}");
    assert!(bytes < LITTLE, "too many values of JSON: {bytes}");
    let json = format!("{{\"00091001\":{{\"vr\":\"OB\",\"InlineBinary\":\"{}\"}}}}", "AAAA".repeat(MANY));
    let (_, bytes) = cost(|| from_json(&json, Limits::IDENTIFIER).unwrap());
    assert!(bytes < 5 * 3 * MANY / 2, "InlineBinary of {}: {bytes}", 3 * MANY);
    let json = format!("{{\"00104000\":{{\"vr\":\"LT\",\"Value\":[\"{}\"]}}}}", "a".repeat(MANY));
    let (_, bytes) = cost(|| from_json(&json, Limits::IDENTIFIER).unwrap());
    assert!(bytes < 4 * MANY, "text of {MANY}: {bytes}");
    // An item goes, and those behind it move up: none is copied.
    let json = format!("{{\"00081140\":{{\"vr\":\"SQ\",\"Value\":[{}{{}}]}}}}", "{},".repeat(MANY));
    let mut set = from_json(&json, Limits::IDENTIFIER).unwrap();
    let (was_there, bytes) = cost(|| set.remove(&path("ReferencedImageSequence[0]")).unwrap());
    assert!(was_there);
    assert!(bytes < LITTLE, "an item of {MANY} taken away: {bytes}");
}
