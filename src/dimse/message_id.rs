//! Message ids of the operations that one side invokes (PS3.7 9.1, 10.1).

/// Gives message ids: 1 to 65535, then 1 again, never one that is open. Each direction of an association has its own.
#[derive(Debug, Clone, Default)]
pub struct MessageIds {
    last: u16,
    /// Ascending. There are few: as many as the asynchronous operations window allows.
    open: Vec<u16>,
}

impl MessageIds {
    /// None open.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: 0, open: Vec::new() }
    }

    /// The next id, which is open until [`MessageIds::release`]; `None` while all 65535 are open.
    pub fn take(&mut self) -> Option<u16> {
        if self.open.len() == usize::from(u16::MAX) {
            return None;
        }
        loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if let Err(place) = self.open.binary_search(&self.last) {
                self.open.insert(place, self.last);
                return Some(self.last);
            }
        }
    }

    /// Ends the operation: after its final response its id may be used again. False where it was not open.
    pub fn release(&mut self, id: u16) -> bool {
        let place = self.open.binary_search(&id);
        if let Ok(place) = place {
            self.open.remove(place);
        }
        place.is_ok()
    }

    /// Whether an operation with this id is open.
    #[must_use]
    pub fn is_open(&self, id: u16) -> bool {
        self.open.binary_search(&id).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_wrap_from_65535_to_1() {
        let mut ids = MessageIds::new();
        for expected in 1..=u16::MAX {
            assert_eq!(ids.take(), Some(expected));
            assert!(ids.release(expected));
        }
        assert_eq!(ids.take(), Some(1));
    }

    #[test]
    fn an_open_id_is_never_given_again() {
        let mut ids = MessageIds::new();
        assert_eq!((ids.take(), ids.take(), ids.take()), (Some(1), Some(2), Some(3)));
        assert!(ids.release(2));
        for expected in 4..=u16::MAX {
            assert_eq!(ids.take(), Some(expected));
            ids.release(expected);
        }
        assert_eq!(ids.take(), Some(2));
        assert_eq!(ids.take(), Some(4));
        assert!(ids.is_open(1) && ids.is_open(2) && ids.is_open(3));
    }

    #[test]
    fn all_may_be_open_at_once() {
        let mut ids = MessageIds::new();
        for expected in 1..=u16::MAX {
            assert_eq!(ids.take(), Some(expected));
        }
        assert_eq!(ids.take(), None);
        assert!(ids.release(40_000));
        assert_eq!(ids.take(), Some(40_000));
    }

    #[test]
    fn an_id_is_released_once() {
        let mut ids = MessageIds::new();
        assert_eq!(ids.take(), Some(1));
        assert!(ids.release(1));
        assert!(!ids.release(1));
        assert!(!ids.release(0));
    }
}
