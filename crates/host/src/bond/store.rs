//! The bond store: a table in RAM, the records of it in flash, and the writes on their way from one to the
//! other.
//!
//! A record in flash counts from the moment its write ends: its header is written last, and a new record of a
//! bond is there before the old one is marked as gone. So power loss leaves the bond from before the write or
//! the one after it, never a part of one. Writes take turns; what is overtaken before it is written is never
//! written. The ranks of bonds are taken to be written at once, and to last as long as the bonds.
//!
//! Invariants: no bond is put where there are as many as the capacity (one whose deletion failed may come back
//! beyond it); a record belongs to one role and one identity of this device and to one peer.

#[cfg(test)]
mod tests;

use super::{Bond, BondRules, Memory, WhenFull};
use crate::io::Role;
use blesim_kernel::Instant;
use blesim_packet::Address;

/// Most bonds a store can hold.
const MAX_BONDS: usize = 32;

/// Whose record it is: the device's own role and identity, and the peer's identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Key {
    role: Role,
    own: Address,
    peer: Address,
}

/// A write that is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Write {
    ends: Instant,
    fails: bool,
}

/// The bond with one peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Record {
    key: Key,
    /// What is used; none if it was deleted.
    ram: Option<Bond>,
    /// What power loss leaves; none if it was never written.
    flash: Option<Bond>,
    /// From what is in flash to what is in RAM.
    write: Option<Write>,
    /// When it was made and last used, counted in such moments.
    made: u32,
    used: u32,
}

/// What becomes of a bond.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// Whether there was room for it.
    pub(crate) fits: bool,
    /// The peer whose bond went for it.
    pub(crate) evicted: Option<Address>,
}

/// The end of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Written {
    /// A bond was written, not marked as gone.
    pub(crate) bond: bool,
    /// It was not written after all.
    pub(crate) failed: bool,
}

/// The bonds of one device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BondStore {
    records: Vec<Record>,
    rules: BondRules,
    role: Role,
    own: Address,
    moments: u32,
    /// The end of the last write.
    busy_until: Instant,
}

impl BondStore {
    /// The empty store of a device with this role and identity.
    #[must_use]
    pub fn new(rules: BondRules, role: Role, own: Address) -> Self {
        let mut store = Self { records: Vec::new(), rules, role, own, moments: 0, busy_until: Instant::ZERO };
        store.renew(rules, role, own);
        store
    }

    /// The same as a [`Self::new`], in the memory of this one.
    pub(crate) fn renew(&mut self, rules: BondRules, role: Role, own: Address) {
        self.records.clear();
        self.records.reserve(usize::from(rules.capacity).min(MAX_BONDS));
        (self.rules, self.role, self.own) = (rules, role, own);
        (self.moments, self.busy_until) = (0, Instant::ZERO);
    }

    fn key(&self, peer: Address) -> Key {
        Key { role: self.role, own: self.own, peer }
    }

    fn find(&self, peer: Address) -> Option<usize> {
        let key = self.key(peer);
        self.records.iter().position(|record| record.key == key)
    }

    /// The bond with the peer of this identity.
    #[must_use]
    pub fn get(&self, peer: Address) -> Option<&Bond> {
        self.records[self.find(peer)?].ram.as_ref()
    }

    /// The bonds in use, with the role and the identity that this device has now.
    pub fn iter(&self) -> impl Iterator<Item = &Bond> {
        let own = |record: &&Record| record.key == self.key(record.key.peer);
        self.records.iter().filter(own).filter_map(|record| record.ram.as_ref())
    }

    /// The device has this role and this identity from now on.
    pub fn act_as(&mut self, role: Role, own: Address) {
        (self.role, self.own) = (role, own);
    }

    /// The bond with this peer that power loss would leave.
    #[must_use]
    pub fn durable(&self, peer: Address) -> Option<&Bond> {
        self.records[self.find(peer)?].flash.as_ref()
    }

    /// Puts a bond there as it stands from before the session, in place of an older one with the same peer;
    /// false if the table is full.
    pub fn put(&mut self, bond: Bond) -> bool {
        let fits = self.place(bond).is_some();
        if fits {
            self.settle_all();
        }
        fits
    }

    /// Changes a bond in RAM and in flash at once: for what is written aside, as counters are.
    pub(crate) fn change(&mut self, peer: Address, change: impl Fn(&mut Bond)) {
        let Some(place) = self.find(peer) else { return };
        let Record { ram, flash, .. } = &mut self.records[place];
        ram.iter_mut().chain(flash).for_each(change);
    }

    /// Takes the bond with `peer` away for good; true if there was one.
    pub fn delete(&mut self, peer: Address) -> bool {
        let before = self.records.len();
        let key = self.key(peer);
        self.records.retain(|record| record.key != key);
        before != self.records.len()
    }

    /// Takes every bond away for good.
    pub fn clear(&mut self) {
        self.records.clear();
    }

    /// Takes the bonds out of RAM: what is in flash comes back with the power, and what was on its way there
    /// is lost.
    pub fn forget_in_ram(&mut self) {
        self.records.retain(|record| record.flash.is_some());
        for record in &mut self.records {
            (record.ram, record.write) = (None, None);
        }
    }

    /// Whether there is room for a bond with `peer`, if no other gives way to it.
    #[must_use]
    pub fn has_room(&self, peer: Address) -> bool {
        self.get(peer).is_some() || self.in_use() < self.capacity()
    }

    /// From now on this happens to a bond for which there is no room.
    pub(crate) fn make_room_by(&mut self, when_full: WhenFull) {
        self.rules.when_full = when_full;
    }

    fn capacity(&self) -> usize {
        usize::from(self.rules.capacity).min(MAX_BONDS)
    }

    fn in_use(&self) -> usize {
        self.records.iter().filter(|record| record.ram.is_some()).count()
    }

    fn moment(&mut self) -> u32 {
        self.moments = self.moments.saturating_add(1);
        self.moments
    }

    /// Puts a bond into RAM; its record, if there was room.
    fn place(&mut self, bond: Bond) -> Option<usize> {
        if !self.has_room(bond.peer) {
            return None;
        }
        let now = self.moment();
        let (key, ram) = (self.key(bond.peer), Some(bond));
        let place = self.find(bond.peer).unwrap_or_else(|| {
            self.records.push(Record { key, ram, flash: None, write: None, made: now, used: now });
            self.records.len() - 1
        });
        let record = &mut self.records[place];
        (record.ram, record.made, record.used) = (ram, now, now);
        Some(place)
    }

    /// Keeps the bond of a pairing at `now`, and has it written; `fails` says whether the next write does.
    /// Peers that are `connected` do not give way. Writes that have ended were taken before.
    pub(crate) fn keep(
        &mut self,
        bond: Bond,
        now: Instant,
        fails: bool,
        connected: impl Fn(Address) -> bool,
    ) -> Kept {
        let mut evicted = None;
        if !self.has_room(bond.peer) {
            evicted = self.eldest(connected);
            if let Some(peer) = evicted {
                self.remove(peer, now, false);
            }
        }
        let place = self.place(bond);
        if let Some(place) = place {
            self.write(place, now, fails);
        }
        Kept { fits: place.is_some(), evicted }
    }

    /// The peer whose bond gives way to another, if one does.
    fn eldest(&self, connected: impl Fn(Address) -> bool) -> Option<Address> {
        let age = |record: &&Record| match self.rules.when_full {
            WhenFull::EvictLeastRecentlyUsed => record.used,
            WhenFull::EvictOldest | WhenFull::PairWithoutBond | WhenFull::FailPairing => record.made,
        };
        match self.rules.when_full {
            WhenFull::PairWithoutBond | WhenFull::FailPairing => None,
            WhenFull::EvictOldest | WhenFull::EvictLeastRecentlyUsed => {
                let may_go = |record: &&Record| {
                    let own = record.key == self.key(record.key.peer);
                    own && record.ram.is_some() && !connected(record.key.peer)
                };
                self.records.iter().filter(may_go).min_by_key(age).map(|record| record.key.peer)
            }
        }
    }

    /// The bond with `peer` has been of use.
    pub(crate) fn used(&mut self, peer: Address) {
        let now = self.moment();
        if let Some(place) = self.find(peer) {
            self.records[place].used = now;
        }
    }

    /// Takes the bond with `peer` out of RAM at `now`, and has that written; true if there was one. Writes that
    /// have ended were taken before.
    pub(crate) fn remove(&mut self, peer: Address, now: Instant, fails: bool) -> bool {
        let Some(place) = self.find(peer) else { return false };
        if self.records[place].ram.take().is_none() {
            return false;
        }
        if self.records[place].flash.is_some() {
            self.write(place, now, fails);
        } else {
            // What was never written needs no mark.
            self.records.remove(place);
        }
        true
    }

    fn write(&mut self, place: usize, now: Instant, fails: bool) {
        if self.rules.memory == Memory::Ram {
            return;
        }
        let ends = self.busy_until.max(now) + self.rules.write_time;
        self.busy_until = ends;
        self.records[place].write = Some(Write { ends, fails });
    }

    /// When the next write ends.
    pub(crate) fn writes_until(&self) -> Option<Instant> {
        self.records.iter().filter_map(|record| record.write).map(|write| write.ends).min()
    }

    /// The next write that has ended by `now`.
    pub(crate) fn written(&mut self, now: Instant) -> Option<Written> {
        let ended = |record: &&mut Record| record.write.is_some_and(|write| write.ends <= now);
        let next = self.records.iter_mut().filter(ended).min_by_key(|record| record.write.map(|w| w.ends))?;
        let failed = next.write.take().is_some_and(|write| write.fails);
        let bond = next.ram.is_some();
        if !failed {
            next.flash = next.ram;
        }
        self.sweep();
        Some(Written { bond, failed })
    }

    /// Power is lost at `now`: writes that have not ended never do, and RAM is as flash says.
    pub(crate) fn power_lost(&mut self, now: Instant) {
        while self.written(now).is_some() {}
        for record in &mut self.records {
            (record.ram, record.write) = (record.flash, None);
        }
        self.busy_until = now;
        self.sweep();
    }

    /// Everything is written.
    fn settle_all(&mut self) {
        let durable = self.rules.memory == Memory::Flash;
        for record in &mut self.records {
            (record.flash, record.write) = (record.ram.filter(|_| durable), None);
        }
        self.sweep();
    }

    /// Records that are neither in RAM nor in flash are none.
    fn sweep(&mut self) {
        self.records
            .retain(|record| record.ram.is_some() || record.flash.is_some() || record.write.is_some());
    }
}
