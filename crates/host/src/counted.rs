//! A value of which it is counted how often it may have changed, so that whoever looks on need not look again.
//!
//! Invariant: there is no way to the value to change it that does not count.

use core::ops::{Deref, DerefMut};

/// The value and the count.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    value: T,
    changes: u32,
}

impl<T> Counted<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value, changes: 0 }
    }

    /// How often it may have changed.
    pub(crate) fn changes(&self) -> u64 {
        u64::from(self.changes)
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Counted<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.changes = self.changes.wrapping_add(1);
        &mut self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change counts, a look does not.
    #[test]
    fn changes_are_counted() {
        let mut value = Counted::new(1);
        assert_eq!((*value, value.changes()), (1, 0));
        *value = 2;
        *value += 1;
        assert_eq!((*value, value.changes()), (3, 2));
    }
}
