//! One connection, seen from up to three places: the central's host, the peripheral's host, the air.
//!
//! Invariant: views belong together by their addresses and their beginning; two of the same place never do.

use crate::step::{Moment, Parameters, Place, Side, View};
use blesim_packet::Address;

/// How far apart two places may see the same connection begin, in microseconds.
const APART_US: i64 = 2_000_000;

/// One connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The central's host.
    pub central: Option<View>,
    /// The peripheral's host.
    pub peripheral: Option<View>,
    /// The air.
    pub air: Option<View>,
}

impl Connection {
    /// Puts together what belongs together, in the order of their beginnings.
    #[must_use]
    pub fn all(views: Vec<View>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for view in views {
            let fits = all.iter_mut().rev().take(64).filter(|known| known.fits(&view));
            let nearest = fits.min_by_key(|known| known.apart(&view));
            if let Some(known) = nearest {
                known.add(view);
            } else {
                let mut new = Self { central: None, peripheral: None, air: None };
                new.add(view);
                all.push(new);
            }
        }
        all
    }

    fn add(&mut self, view: View) {
        let slot = match (view.place, view.side) {
            (Place::Air, _) => &mut self.air,
            (Place::Host(_), Some(Side::Peripheral)) => &mut self.peripheral,
            (Place::Host(_), _) => &mut self.central,
        };
        *slot = Some(view);
    }

    fn fits(&self, view: &View) -> bool {
        let taken = match (view.place, view.side) {
            (Place::Air, _) => self.air.is_some(),
            (Place::Host(_), Some(Side::Peripheral)) => self.peripheral.is_some(),
            (Place::Host(_), _) => self.central.is_some(),
        };
        // Without a beginning nothing tells to which it belongs.
        let begun = view.opened.is_some() && self.views().all(|known| known.opened.is_some());
        let alike = |side: Side| {
            let here = self.addresses(side);
            let there = &view.addresses[side.index()];
            let meet = |a: &Address| there.iter().any(|b| a.octets == b.octets);
            here.is_empty() || there.is_empty() || here.iter().any(meet)
        };
        let other_host = self.views().all(|known| known.place != view.place);
        !taken && begun && other_host && self.apart(view) <= APART_US && Side::BOTH.into_iter().all(alike)
    }

    fn apart(&self, view: &View) -> i64 {
        let began = |view: &View| view.first().unwrap_or_default().us;
        self.views().map(|known| (began(known) - began(view)).abs()).min().unwrap_or(i64::MAX)
    }

    /// All views, hosts first.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        [&self.central, &self.peripheral, &self.air].into_iter().flatten()
    }

    /// The view of the host on this side.
    #[must_use]
    pub const fn host(&self, side: Side) -> Option<&View> {
        match side {
            Side::Central => self.central.as_ref(),
            Side::Peripheral => self.peripheral.as_ref(),
        }
    }

    /// The view that tells most of what the two said: a host's, if there is one.
    #[must_use]
    pub fn main(&self) -> Option<&View> {
        self.views().next()
    }

    /// The addresses that this side may have, the likeliest first: what a peer or the air knows goes before what a
    /// host might use.
    #[must_use]
    pub fn addresses(&self, side: Side) -> Vec<Address> {
        let sure = [&self.air, if side == Side::Central { &self.peripheral } else { &self.central }];
        let own = [if side == Side::Central { &self.central } else { &self.peripheral }];
        let views = sure.into_iter().chain(own).flatten();
        let mut all = Vec::new();
        for address in views.flat_map(|view| &view.addresses[side.index()]) {
            if !all.contains(address) {
                all.push(*address);
            }
        }
        all
    }

    /// When it began, as far as the capture shows.
    #[must_use]
    pub fn first(&self) -> Moment {
        self.views().filter_map(View::first).min().unwrap_or_default()
    }

    /// The last thing that is seen of it.
    #[must_use]
    pub fn last(&self) -> Moment {
        self.views().filter_map(View::last).max().unwrap_or_default()
    }

    /// Its parameters, the last ones.
    #[must_use]
    pub fn parameters(&self) -> Option<Parameters> {
        self.views().find_map(|view| view.parameters)
    }
}
