//! Somebody sees the elements of a data set while it passes, and stops nothing.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::arrival::About;
use crate::dataset::encoding::Encoding;
use crate::dataset::passing::Passing;
use crate::dataset::scan::{ElementHeader, Visitor, Wish};

/// One who sees them.
#[derive(Clone)]
pub struct Watcher {
    /// So much of each value is shown.
    pub limit: usize,
    /// Called before the first element of an instance.
    pub begin: Arc<dyn Fn(&About) -> Sight + Send + Sync>,
}

/// Called for each element of the data set itself, in their order, with the first bytes of its value; those of a value of
/// undefined length are not shown.
pub type Sight = Box<dyn FnMut(&ElementHeader, &[u8]) + Send>;

/// Shows the elements of one data set. One that is not encoded as its transfer syntax says is shown as far as it can be
/// understood.
pub(super) struct Watch {
    passing: Passing,
    eyes: Eyes,
}

struct Eyes {
    limit: usize,
    sight: Sight,
}

impl Watch {
    /// Of this instance's.
    pub(super) fn new(watcher: &Watcher, about: &About) -> Self {
        Self {
            passing: Passing::new(Encoding::of(about.transfer_syntax())),
            eyes: Eyes { limit: watcher.limit, sight: (watcher.begin)(about) },
        }
    }

    /// The next bytes of the data set. Returns whether there may be more to see.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        self.passing.push(bytes, &mut self.eyes)
    }
}

impl Visitor for Eyes {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        if self.limit > 0 && header.length.is_some() {
            return Wish::Collect(self.limit);
        }
        (self.sight)(header, &[]);
        Wish::Skip
    }

    fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()> {
        (self.sight)(header, value);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::dataset::deflate::deflate;
    use crate::runtime::lock::lock;
    use crate::types::Tag;
    use crate::wire::uids;

    const DATA_SET: &[u8] = b"\x08\0\x60\0CS\x02\0CT\x08\0\x15\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\x50\x11UI\x04\x001.2\0\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0\x10\0\x10\0PN\x04\0A^B \x10\0\x20\0LO\0\0\xE0\x7F\x10\0OW\0\0\x20\x00\0\0";

    #[test]
    fn each_element_is_shown_once_and_in_order_however_the_bytes_come() {
        let data_set = [DATA_SET, &[7; 32]].concat();
        let right = [
            (Tag::new(0x0008, 0x0060), Some(2), b"CT".to_vec()),
            (Tag::new(0x0008, 0x1115), None, Vec::new()),
            (Tag::new(0x0010, 0x0010), Some(4), b"A^B".to_vec()),
            (Tag::new(0x0010, 0x0020), Some(0), Vec::new()),
            (Tag::new(0x7FE0, 0x0010), Some(32), vec![7; 3]),
        ];
        for deflated in [false, true] {
            let (bytes, syntax) = if deflated {
                (deflate(&data_set), uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
            } else {
                (data_set.clone(), uids::EXPLICIT_VR_LITTLE_ENDIAN)
            };
            for (size, limit) in (1..=bytes.len()).map(|size| (size, 3)).chain([(7, 0)]) {
                let seen = Arc::new(Mutex::new(Vec::new()));
                let told = seen.clone();
                let begin = Arc::new(move |_: &About| -> Sight {
                    let told = told.clone();
                    Box::new(move |header, value| {
                        lock(&told).push((header.tag, header.length, value.to_vec()));
                    })
                });
                let mut watch = Watch::new(&Watcher { limit, begin }, &About::of(&syntax));
                for piece in bytes.chunks(size) {
                    watch.push(piece);
                }
                let right = right.clone().map(|(tag, length, mut value)| {
                    value.truncate(limit);
                    (tag, length, value)
                });
                assert_eq!(*lock(&seen), right, "{deflated} {size} {limit}");
            }
        }
    }
}
