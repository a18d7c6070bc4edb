//! Changed parameters: what one pairing asks for in place of what the host is set up with.
//!
//! Invariant: they hold for one attempt; the next is by the host's own parameters again.

use crate::config::{Config, Level};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};

/// What is different in one attempt; `None` leaves it as it is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Changes {
    /// The SC bit (Vol 3 Part H 3.5.1).
    pub secure_connections: Option<bool>,
    /// The MITM bit; a level of 3 or 4 sets it whatever this says.
    pub mitm: Option<bool>,
    /// Whether the keys are to be kept.
    pub bonding: Option<bool>,
    /// Whether it says that it has the peer's out-of-band data (Vol 3 Part H 2.3.3).
    pub oob: Option<bool>,
    /// What its user is said to be able to do (Vol 3 Part H 2.3.2).
    pub io: Option<IoCapability>,
    /// The least security that will do.
    pub level: Option<Level>,
    /// The keys that either side may distribute (Vol 3 Part H 3.6.1).
    pub keys: Option<KeyDistribution>,
    /// The largest encryption key size offered, 7 to 16 octets.
    pub max_key_size: Option<u8>,
    /// The smallest one accepted, in octets.
    pub min_key_size: Option<u8>,
}

impl Changes {
    /// The configuration with these changes.
    #[must_use]
    pub fn apply(self, mut config: Config) -> Config {
        let bits = [
            (self.secure_connections, AuthReq::SC),
            (self.mitm, AuthReq::MITM),
            (self.bonding, AuthReq::BONDING),
        ];
        for (wanted, bit) in bits {
            config.auth.0 = match wanted {
                Some(true) => config.auth.0 | bit.0,
                Some(false) => config.auth.0 & !bit.0,
                None => config.auth.0,
            };
        }
        config.security.oob = self.oob.unwrap_or(config.security.oob);
        config.security.level = self.level.unwrap_or(config.security.level);
        config.io = self.io.unwrap_or(config.io);
        config.initiator_keys = self.keys.unwrap_or(config.initiator_keys);
        config.responder_keys = self.keys.unwrap_or(config.responder_keys);
        config.max_key_size = self.max_key_size.unwrap_or(config.max_key_size);
        config.min_key_size = self.min_key_size.unwrap_or(config.min_key_size);
        config
    }
}
