//! A device as the capture shows it: its role, address, features and keys.

use crate::dialogue::{Dialogue, Key};
use crate::finding::hex;
use crate::report::Told;
use crate::step::Side;
use blesim_packet::smp::{KeyDistribution, PairingFeatures};
use blesim_packet::{Address, AddressKind};

/// The fields of a device.
pub(super) struct Device {
    fields: Vec<(&'static str, String)>,
    quirks: Vec<String>,
    user: Vec<(&'static str, String)>,
    given: Vec<(&'static str, String)>,
}

impl Device {
    /// A side of the connection, with its part of the pairing.
    pub(super) fn new(side: Side, told: &Told, dialogue: Option<&Dialogue>) -> Self {
        let mut device = Self { fields: Vec::new(), quirks: Vec::new(), user: Vec::new(), given: Vec::new() };
        device.set("role", if side == Side::Central { "Central" } else { "Peripheral" });
        if let Some(address) = told.addresses[side.index()].and_then(written) {
            device.set("address", address);
        }
        let Some(dialogue) = dialogue else { return device };
        let features = if side == Side::Central { dialogue.request } else { dialogue.response };
        if let Some((_, features)) = features {
            device.features(features);
        }
        device.values(side, dialogue);
        device
    }

    fn features(&mut self, features: PairingFeatures) {
        let auth = features.auth;
        self.set("io", features.io.name());
        let bits = [
            ("oob", features.oob, false),
            ("bonding", auth.bonding(), true),
            ("mitm", auth.mitm(), false),
            ("secure_connections", auth.sc(), true),
            ("keypress", auth.keypress(), false),
            ("ct2", auth.ct2(), false),
        ];
        for (name, value, usual) in bits {
            if value != usual {
                self.set(name, value.to_string());
            }
        }
        if (7..16).contains(&features.max_key_size) {
            self.set("max_key_size", features.max_key_size.to_string());
        }
        self.set("initiator_keys", words(features.initiator_keys));
        self.set("responder_keys", words(features.responder_keys));
        // Nobody waits in a scenario that only reproduces, unless that is what is reproduced.
        for habit in ["mistypes", "misjudges", "cancels", "walks_away"] {
            self.habit(habit, "percent(0)");
        }
    }

    /// Values that are known are given instead of drawn.
    fn values(&mut self, side: Side, dialogue: &Dialogue) {
        let legacy = dialogue.secure_connections() == Some(false);
        let random = dialogue.randoms.iter().find(|(_, (from, _))| *from == side);
        if let (true, Some((_, (_, value)))) = (legacy, random) {
            self.given.push(("pairing_random", quoted(*value)));
        }
        for (_, (from, key)) in &dialogue.distributed {
            if *from != side {
                continue;
            }
            match *key {
                Key::Ltk(value) => self.given.push(("ltk", quoted(value))),
                Key::Name(ediv, rand) => {
                    self.given.push(("ediv", format!("{ediv:#06x}")));
                    self.given.push(("rand", format!("{rand:#018x}")));
                }
                Key::Irk(value) => self.given.push(("irk", quoted(value))),
                Key::Csrk(value) => self.given.push(("csrk", quoted(value))),
                Key::Identity(_) => {}
            }
        }
        let mut seen = Vec::new();
        self.given.retain(|(name, _)| {
            !seen.contains(name) && {
                seen.push(name);
                true
            }
        });
    }

    /// Sets a field, in place of what was there.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.fields.push((name, value)),
        }
    }

    /// Leaves a field to its default.
    pub(super) fn unset(&mut self, name: &str) {
        self.fields.retain(|(known, _)| *known != name);
    }

    pub(super) fn quirk(&mut self, quirk: impl Into<String>) {
        self.quirks.push(quirk.into());
    }

    /// Sets a habit of the person before it.
    pub(super) fn habit(&mut self, name: &'static str, value: impl Into<String>) {
        self.user.retain(|(known, _)| *known != name);
        self.user.push((name, value.into()));
    }

    /// Nothing is given: the values of the capture belong to another course of things.
    pub(super) fn give_nothing(&mut self) {
        self.given.clear();
    }

    /// All fields, as they are written.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let group = |of: &[(&'static str, String)]| {
            let fields: Vec<String> = of.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            format!("({})", fields.join(", "))
        };
        let mut all = self.fields.clone();
        if !self.user.is_empty() {
            all.push(("user", group(&self.user)));
        }
        if !self.quirks.is_empty() {
            all.push(("quirks", format!("[{}]", self.quirks.join(", "))));
        }
        if !self.given.is_empty() {
            all.push(("given", group(&self.given)));
        }
        all
    }
}

/// An identity address; a private one belongs to nobody.
fn written(address: Address) -> Option<String> {
    match address.kind {
        AddressKind::Public => Some(format!("Public(\"{address}\")")),
        AddressKind::Random if address.is_static_random() => Some(format!("Static(\"{address}\")")),
        AddressKind::Random => None,
    }
}

/// A key distribution as scenarios write it.
pub(super) fn words(keys: KeyDistribution) -> String {
    let names: Vec<&str> = keys.names().collect();
    format!("[{}]", names.join(", "))
}

fn quoted(value: u128) -> String {
    format!("\"{}\"", hex(value))
}
