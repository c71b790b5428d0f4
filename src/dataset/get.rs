//! Reading the values of a data set.

use std::sync::Arc;

use super::data_set::{DataSet, Found, names_an_item};
use super::path::Path;
use super::value::{self, At, Unfit};
use crate::error::{Cause, Error, Phase, Result};

/// What is not there is `None`: the element, an item on the way, or the value.
impl DataSet {
    /// How many values the element at `path` has; items, where it is a sequence. 0 where it is empty.
    pub fn count(&self, path: &Path) -> Result<Option<usize>> {
        self.read(path, |found| value::count(found.element, found.context).map(Some))
    }

    /// A value as text, without padding. Numbers are decimal, tags `(gggg,eeee)`.
    pub fn string(&self, path: &Path, at: At) -> Result<Option<String>> {
        self.read(path, |found| value::text(found.element, found.context, at))
    }

    /// The value at `index` as an integer; of a tag `0xggggeeee`.
    pub fn integer(&self, path: &Path, index: usize) -> Result<Option<i128>> {
        self.read(path, |found| value::integer(found.element, found.context, index))
    }

    /// The value at `index` as a floating point number: the nearest to it.
    pub fn float(&self, path: &Path, index: usize) -> Result<Option<f64>> {
        self.read(path, |found| value::float(found.element, found.context, index))
    }

    /// All values as floating point numbers, however many: those of a decimal string are parted once.
    pub fn floats(&self, path: &Path) -> Result<Option<Vec<f64>>> {
        self.read(path, |found| value::floats(found.element, found.context).map(Some))
    }

    /// All of the value, padding included: numbers in little endian, text in the character set of the data set.
    pub fn bytes(&self, path: &Path) -> Result<Option<Arc<[u8]>>> {
        self.read(path, |found| match found.element.as_bytes() {
            Some(bytes) => Ok(Some(Arc::clone(bytes))),
            None => value::bytes_of(found.element, "bytes of its own").map(|_| None),
        })
    }

    /// A fragment of encapsulated pixel data; the basic offset table is the first (PS3.5 A.4).
    pub fn fragment(&self, path: &Path, index: usize) -> Result<Option<Arc<[u8]>>> {
        self.read(path, |found| match found.element.fragments() {
            Some(fragments) => Ok(fragments.get(index).cloned()),
            None => Err(Unfit::Vr("it is no encapsulated pixel data and has no fragments".to_owned())),
        })
    }

    fn read<T>(
        &self,
        path: &Path,
        what: impl FnOnce(&Found) -> std::result::Result<Option<T>, Unfit>,
    ) -> Result<Option<T>> {
        if path.is_item() {
            return Err(names_an_item(path));
        }
        let Some(found) = self.find(path)? else { return Ok(None) };
        what(&found).map_err(|unfit| match unfit {
            Unfit::Vr(words) => Error::invalid_argument(format!("{path}: {words}")),
            Unfit::Value(words) => Error::new(Phase::Queued, Cause::DataSet(format!("{path}: {words}"))),
        })
    }
}
