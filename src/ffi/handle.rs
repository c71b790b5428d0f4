//! The handle table (abi.md rule 1): what C holds is a key, never an address. A stale, foreign, NULL or twice-freed
//! handle is found out, whatever its value.
//!
//! A key is type, slot and generation, mixed with a secret of this process, and odd: no pointer to anything of ours
//! looks like it, and it looks like no pointer. On 64-bit systems a guessed key meets one chance in 2^38; where a
//! pointer has 32 bits there is room for less, and an old handle may come back to life after 1,024 others in its slot.

use std::any::Any;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::error::Failure;
use crate::error::{Cause, Error, Phase, Result};

/// Something that C holds handles of.
pub trait Noun: Any + Send + Sync {
    /// The opaque type that C sees.
    type Handle;
    /// Its number in the key: 1 to 29, one for each noun (30 and 31 are the tests').
    const TYPE: usize;
    /// The C type's name, for error messages.
    const NAME: &'static str;
}

/// Makes a handle of `noun`. It lives until [`remove`].
pub fn insert<T: Noun>(noun: T) -> Result<*mut T::Handle> {
    insert_shared(Arc::new(noun))
}

/// [`insert`] for what others hold too.
pub fn insert_shared<T: Noun>(noun: Arc<T>) -> Result<*mut T::Handle> {
    let noun: Value = noun;
    let key = TABLE.insert(T::TYPE, &noun).ok_or_else(|| {
        let words = format!("no handle is left for another {}", T::NAME);
        Error::new(Phase::Queued, Cause::Resources(words))
    })?;
    Ok(ptr::without_provenance_mut(key))
}

/// What `handle` stands for; `argument` names it where it stands for nothing.
pub fn get<T: Noun>(argument: &str, handle: *const T::Handle) -> std::result::Result<Arc<T>, Failure> {
    TABLE
        .get(T::TYPE, handle.addr())
        .and_then(|noun| noun.downcast().ok())
        .ok_or_else(|| Failure::invalid_handle(argument, T::NAME, handle.is_null()))
}

/// Ends `handle` and gives out what it stood for; `None` where it stands for nothing.
pub fn remove<T: Noun>(handle: *const T::Handle) -> Option<Arc<T>> {
    TABLE.remove(T::TYPE, handle.addr()).and_then(|noun| noun.downcast().ok())
}

/// From now on a lock that is held counts as a handle that is not found: in a forked child its holder is gone.
pub fn never_wait() {
    TABLE.forked.store(true, Ordering::Relaxed);
}

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// The bits of a key, from the lowest: 1, type, shard, slot in the shard, generation.
const TYPE_BITS: u32 = 5;
const SHARD_BITS: u32 = 5;
const SLOT_BITS: u32 = if usize::BITS >= 64 { 20 } else { 11 };
const GENERATION_BITS: u32 = usize::BITS - 1 - TYPE_BITS - SHARD_BITS - SLOT_BITS;

const LAST_GENERATION: usize = (1 << GENERATION_BITS) - 1;

type Value = Arc<dyn Any + Send + Sync>;

struct Table {
    secret: usize,
    /// No lock for all: two handles meet at one in 32 of the cases.
    shards: [RwLock<Shard>; 1 << SHARD_BITS],
    next_shard: AtomicUsize,
    forked: AtomicBool,
}

#[derive(Default)]
struct Shard {
    slots: Vec<Slot>,
    free: Vec<usize>,
}

struct Slot {
    /// Counts the handles that had this slot. A slot that had them all is never used again; with 32 bits it must be.
    generation: usize,
    kind: usize,
    value: Option<Value>,
}

/// A key, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    kind: usize,
    shard: usize,
    slot: usize,
    generation: usize,
}

impl Table {
    fn new() -> Self {
        Self {
            // The seed of the standard library's hash maps comes from the system's source of randomness.
            secret: low_bits(RandomState::new().build_hasher().finish()) & !1,
            shards: std::array::from_fn(|_| RwLock::default()),
            next_shard: AtomicUsize::new(0),
            forked: AtomicBool::new(false),
        }
    }

    fn insert(&self, kind: usize, value: &Value) -> Option<usize> {
        let start = self.next_shard.fetch_add(1, Ordering::Relaxed);
        (start..start.wrapping_add(self.shards.len())).find_map(|shard| {
            let shard = shard % self.shards.len();
            let mut guard = self.write(shard)?;
            let (slot, generation) = guard.insert(kind, value)?;
            Some(Key { kind, shard, slot, generation }.pack() ^ self.secret)
        })
    }

    fn get(&self, kind: usize, handle: usize) -> Option<Value> {
        let key = self.key(kind, handle)?;
        let shard = self.read(key.shard)?;
        shard.slots.get(key.slot).filter(|slot| slot.is(key)).and_then(|slot| slot.value.clone())
    }

    fn remove(&self, kind: usize, handle: usize) -> Option<Value> {
        let key = self.key(kind, handle)?;
        let mut shard = self.write(key.shard)?;
        shard.remove(key)
    }

    fn key(&self, kind: usize, handle: usize) -> Option<Key> {
        Key::unpack(handle ^ self.secret).filter(|key| key.kind == kind)
    }

    fn read(&self, shard: usize) -> Option<RwLockReadGuard<'_, Shard>> {
        let shard = self.shards.get(shard)?;
        if self.forked.load(Ordering::Relaxed) {
            return shard.try_read().ok();
        }
        Some(shard.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, shard: usize) -> Option<RwLockWriteGuard<'_, Shard>> {
        let shard = self.shards.get(shard)?;
        if self.forked.load(Ordering::Relaxed) {
            return shard.try_write().ok();
        }
        Some(shard.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shard {
    fn insert(&mut self, kind: usize, value: &Value) -> Option<(usize, usize)> {
        if let Some(index) = self.free.pop() {
            let slot = self.slots.get_mut(index)?;
            slot.kind = kind;
            slot.value = Some(Arc::clone(value));
            return Some((index, slot.generation));
        }
        let index = self.slots.len();
        if index >= 1 << SLOT_BITS {
            return None;
        }
        self.slots.push(Slot { generation: 0, kind, value: Some(Arc::clone(value)) });
        Some((index, 0))
    }

    fn remove(&mut self, key: Key) -> Option<Value> {
        let slot = self.slots.get_mut(key.slot).filter(|slot| slot.is(key))?;
        let value = slot.value.take()?;
        if slot.generation < LAST_GENERATION {
            slot.generation += 1;
            self.free.push(key.slot);
        } else if usize::BITS < 64 {
            slot.generation = 0;
            self.free.push(key.slot);
        }
        Some(value)
    }
}

impl Slot {
    fn is(&self, key: Key) -> bool {
        self.generation == key.generation && self.kind == key.kind
    }
}

impl Key {
    fn pack(self) -> usize {
        let mut key = self.generation;
        key = key << SLOT_BITS | self.slot;
        key = key << SHARD_BITS | self.shard;
        key = key << TYPE_BITS | self.kind;
        key << 1 | 1
    }

    fn unpack(mut key: usize) -> Option<Self> {
        let mut take = |bits: u32| {
            let field = key & ((1 << bits) - 1);
            key >>= bits;
            field
        };
        let is_odd = take(1) == 1;
        let kind = take(TYPE_BITS);
        let shard = take(SHARD_BITS);
        let slot = take(SLOT_BITS);
        let generation = take(GENERATION_BITS);
        is_odd.then_some(Self { kind, shard, slot, generation })
    }
}

/// As many of the lowest bits as fit.
fn low_bits(wide: u64) -> usize {
    usize::try_from(wide & u64::try_from(usize::MAX).unwrap_or(u64::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    struct Thing(usize);
    struct Other;
    struct opaque {
        _private: [u8; 0],
    }

    impl Noun for Thing {
        type Handle = opaque;
        const TYPE: usize = 30;
        const NAME: &'static str = "dimse_thing";
    }

    impl Noun for Other {
        type Handle = opaque;
        const TYPE: usize = 31;
        const NAME: &'static str = "dimse_other";
    }

    fn number(handle: *const opaque) -> Option<usize> {
        get::<Thing>("thing", handle).ok().map(|thing| thing.0)
    }

    #[test]
    fn a_handle_stands_for_its_thing_until_it_is_freed() {
        let handle = insert(Thing(7)).unwrap();
        assert_eq!(number(handle), Some(7));
        assert_eq!(remove::<Thing>(handle).map(|thing| thing.0), Some(7));
        assert_eq!(number(handle), None, "stale");
        assert!(remove::<Thing>(handle).is_none(), "freed twice");
    }

    #[test]
    fn a_handle_of_something_else_is_found_out() {
        let handle = insert(Other).unwrap();
        assert_eq!(number(handle), None);
        assert!(remove::<Thing>(handle).is_none());
        assert!(remove::<Other>(handle).is_some());
    }

    #[test]
    fn no_garbage_is_a_handle_and_no_handle_looks_like_a_pointer() {
        // A table of its own: in the one of the process other tests have handles that may be one bit away.
        let table = Table::new();
        let value: Value = Arc::new(Thing(1));
        let key = table.insert(Thing::TYPE, &value).unwrap();
        let is_none = |key| table.get(Thing::TYPE, key).is_none();
        assert_eq!(key % 2, 1);
        for bit in 0..usize::BITS {
            assert!(is_none(key ^ (1 << bit)), "bit {bit}");
        }
        let mut garbage = RandomState::new().build_hasher().finish();
        for _ in 0..100_000 {
            garbage = garbage.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = low_bits(garbage);
            assert!(value == key || is_none(value));
        }
        for value in [0, 1, 2, 8, usize::MAX, usize::MAX - 1] {
            assert!(is_none(value));
        }
        let local = 5_usize;
        assert!(is_none((&raw const local).addr()));
        assert!(table.remove(Thing::TYPE, key).is_some());
    }

    #[test]
    fn an_error_names_the_argument_and_says_what_is_wrong() {
        let null = get::<Thing>("thing", ptr::null()).err().unwrap();
        assert_eq!(null.to_string(), "thing is NULL; a dimse_thing is needed");
        let freed = get::<Thing>("thing", ptr::without_provenance(99)).err().unwrap();
        assert_eq!(freed.to_string(), "thing is not the handle of a dimse_thing, or it was freed");
    }

    #[test]
    fn a_slot_is_used_again_under_another_key_until_its_keys_are_spent() {
        let value: Value = Arc::new(());
        let mut shard = Shard::default();
        let first = Key { kind: 3, shard: 0, slot: 0, generation: 0 };
        assert_eq!(shard.insert(3, &value), Some((0, 0)));
        assert!(shard.remove(first).is_some());
        assert_eq!(shard.insert(3, &value), Some((0, 1)));
        assert!(shard.remove(first).is_none());
        shard.slots[0].generation = LAST_GENERATION;
        assert!(shard.remove(Key { generation: LAST_GENERATION, ..first }).is_some());
        let next = shard.insert(3, &value);
        assert_eq!(next, Some(if usize::BITS < 64 { (0, 0) } else { (1, 0) }));
    }

    #[test]
    fn keys_survive_packing() {
        let most = |bits: u32| (1_usize << bits) - 1;
        for key in [
            Key { kind: 1, shard: 0, slot: 0, generation: 0 },
            Key {
                kind: most(TYPE_BITS),
                shard: most(SHARD_BITS),
                slot: most(SLOT_BITS),
                generation: most(GENERATION_BITS),
            },
            Key { kind: 5, shard: 6, slot: 1234, generation: 77 },
        ] {
            assert_eq!(Key::unpack(key.pack()), Some(key));
            assert_eq!(Key::unpack(key.pack() ^ 1), None);
        }
    }

    #[test]
    fn of_all_who_free_one_handle_one_does() {
        for round in 0..500 {
            let handle = insert(Thing(round)).unwrap().addr();
            let freed = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        let found = remove::<Thing>(ptr::without_provenance(handle));
                        freed.fetch_add(
                            found.map_or(0, |thing| usize::from(thing.0 == round)),
                            Ordering::SeqCst,
                        );
                    });
                }
                scope.spawn(|| {
                    assert!(number(ptr::without_provenance(handle)).is_none_or(|number| number == round));
                });
            });
            assert_eq!(freed.load(Ordering::SeqCst), 1);
        }
    }

    #[test]
    fn many_threads_many_handles() {
        std::thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || {
                    let mut stale = Vec::new();
                    for number_of_thing in 0..2000 {
                        let handle = insert(Thing(thread * 10_000 + number_of_thing)).unwrap();
                        assert_eq!(number(handle), Some(thread * 10_000 + number_of_thing));
                        assert!(remove::<Thing>(handle).is_some());
                        stale.push(handle);
                    }
                    assert!(stale.into_iter().all(|handle| number(handle).is_none()));
                });
            }
        });
    }
}
