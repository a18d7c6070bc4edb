//! HCI commands that control connections: what each does and how it is answered, Vol 4 Part E 7.1, 7.3, 7.8.
//!
//! Invariant: what the command itself can refuse is refused at once; what the peer has to say comes in an
//! event of its own.

use crate::command::{Outcome, complete, status, unreadable};
use crate::config::{LinkLayer, feature};
use crate::connection::Connection;
use crate::connection::control::table::Procedure;
use crate::connection::control::{Parameters, Request, Wish};
use crate::controller::{Controller, Defaults};
use crate::io::{Port, Role};
use blesim_kernel::Instant;
use blesim_packet::Octets;
use blesim_packet::hci::{Command, ErrorCode, LeConnectionUpdate, LeSetPhy};
use blesim_packet::ll::ChannelMap;

/// What a command returns after its status.
type Returned = Octets<64>;

impl Defaults {
    /// What holds from power-on.
    pub(crate) fn new(link_layer: &LinkLayer) -> Self {
        let starts = link_layer.starts.data_length;
        Self {
            // Vol 4 Part E 7.8.1: the mask when none is set.
            le_event_mask: 0x1F,
            data_length: if starts { link_layer.longest() } else { crate::connection::control::LEAST },
            wish: Wish::of(link_layer),
            channels: ChannelMap::ALL,
        }
    }
}

fn parameters(p: &LeConnectionUpdate) -> Parameters {
    let &LeConnectionUpdate { interval_min, interval_max, latency, timeout, .. } = p;
    Parameters { interval_min, interval_max, latency, timeout }
}

/// TX_Octets and TX_Time within the ranges of Vol 4 Part E 7.8.33.
fn check_length(octets: u16, time: u16) -> Outcome {
    let legal = (0x1B..=0xFB).contains(&octets) && (0x148..=0x4290).contains(&time);
    if legal { Ok(()) } else { Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS) }
}

impl Controller {
    fn link(&mut self, handle: u16) -> Result<&mut Connection, ErrorCode> {
        self.link_mut(handle).ok_or(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER)
    }

    /// A link whose peer may have one of these features.
    fn link_with(&mut self, handle: u16, features: u64) -> Result<&mut Connection, ErrorCode> {
        let link = self.link(handle)?;
        if link.possible(features) { Ok(link) } else { Err(ErrorCode::UNSUPPORTED_REMOTE_FEATURE) }
    }

    /// Commands that are answered with Command Status and an event later.
    pub(crate) fn connection_command(&mut self, now: Instant, command: &Command, port: &mut impl Port) {
        let outcome = match command {
            Command::LeEnableEncryption { handle, rand, ediv, ltk } => {
                self.enable_encryption(*handle, (*rand, *ediv, *ltk))
            }
            Command::LeConnectionUpdate(update) => self.update(update),
            Command::LeReadRemoteFeatures { handle } => self.read_features(*handle),
            Command::ReadRemoteVersionInformation { handle } => {
                let procedure = Procedure::VersionExchange;
                self.link(*handle).and_then(|link| link.ask_once(Request::Version, procedure))
            }
            Command::LeSetPhy(set) => self.set_phy(*set),
            Command::LeRequestPeerSca { handle } => {
                let procedure = Procedure::SleepClockAccuracy;
                let link = self.link_with(*handle, feature::SLEEP_CLOCK_ACCURACY);
                link.and_then(|link| link.ask_once(Request::ClockAccuracy, procedure))
            }
            _ => return self.setting(now, command, port),
        };
        status(command, outcome, port);
        self.begin(now, port);
    }

    /// Begins what has just been asked for, after the command is answered.
    fn begin(&mut self, now: Instant, port: &mut impl Port) {
        for link in &mut self.links {
            link.begin_procedures(now, port);
            link.rouse(now);
        }
    }

    /// Vol 4 Part E 7.8.24.
    fn enable_encryption(&mut self, handle: u16, (rand, ediv, ltk): (u64, u16, u128)) -> Outcome {
        let supported = self.config.link_layer.features & feature::ENCRYPTION != 0;
        let link = self.link(handle)?;
        if link.role == Role::Peripheral || link.control.encryption_asked() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        if !supported {
            return Err(ErrorCode::UNSUPPORTED_FEATURE_OR_PARAMETER_VALUE);
        }
        link.control.wants(Request::Encryption(rand, ediv, ltk), true);
        Ok(())
    }

    /// Vol 4 Part E 7.8.18: a peripheral's needs the Connection Parameters Request procedure.
    fn update(&mut self, update: &LeConnectionUpdate) -> Outcome {
        let link = self.link(update.handle)?;
        let parameters = parameters(update);
        if !parameters.legal() {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        if link.role == Role::Peripheral && !link.possible(feature::CONNECTION_PARAMETERS_REQUEST) {
            return Err(ErrorCode::UNSUPPORTED_REMOTE_FEATURE);
        }
        if link.control.is_asked(&Request::Update(parameters), Some(Procedure::ConnectionParametersRequest)) {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        link.ask_once(Request::Update(parameters), Procedure::ConnectionUpdate)
    }

    /// Vol 4 Part E 7.8.21: a peripheral's needs the Peripheral-initiated Features Exchange.
    fn read_features(&mut self, handle: u16) -> Outcome {
        let link = self.link(handle)?;
        if link.role == Role::Peripheral && !link.possible(feature::PERIPHERAL_FEATURE_EXCHANGE) {
            return Err(ErrorCode::UNSUPPORTED_REMOTE_FEATURE);
        }
        link.ask_once(Request::Features, Procedure::FeatureExchange)
    }

    fn set_phy(&mut self, set: LeSetPhy) -> Outcome {
        let link_layer = self.config.link_layer;
        let link = self.link(set.handle)?;
        let wish = Wish::new(&link_layer, (set.all_phys, set.tx_phys, set.rx_phys), set.options)?;
        link.ask_once(Request::Phy(wish), Procedure::PhyUpdate)
    }

    /// Commands that are answered with Command Complete.
    fn setting(&mut self, now: Instant, command: &Command, port: &mut impl Port) {
        let outcome = match *command {
            Command::LeReadLocalSupportedFeatures => {
                Ok(returned(&[&self.config.told_features().to_le_bytes()]))
            }
            Command::LeReadMaximumDataLength => {
                let (octets, time) = self.config.link_layer.longest();
                Ok(words(&[octets, time, octets, time]))
            }
            Command::LeReadSuggestedDefaultDataLength => {
                Ok(words(&[self.defaults.data_length.0, self.defaults.data_length.1]))
            }
            Command::LeWriteSuggestedDefaultDataLength { octets, time } => {
                check_length(octets, time).map(|()| {
                    self.defaults.data_length = (octets, time);
                    Returned::new()
                })
            }
            Command::LeSetDefaultPhy { all_phys, tx_phys, rx_phys } => {
                Wish::new(&self.config.link_layer, (all_phys, tx_phys, rx_phys), 0).map(|wish| {
                    self.defaults.wish = wish;
                    Returned::new()
                })
            }
            Command::LeSetHostChannelClassification(map) => self.classify(map).map(|()| Returned::new()),
            _ => return self.setting_of_link(now, command, port),
        };
        answer(command, outcome, port);
        self.begin(now, port);
    }

    /// Vol 4 Part E 7.8.19: the map of every link in the central role, now and from now on.
    fn classify(&mut self, map: [u8; 5]) -> Outcome {
        let map = ChannelMap::from_wire(map).filter(|map| map.is_valid());
        let map = map.ok_or(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS)?;
        self.defaults.channels = map;
        for link in self.links.iter_mut().filter(|link| link.role == Role::Central) {
            link.control.wants(Request::ChannelMap(map), false);
        }
        Ok(())
    }

    /// Commands that return the handle after their status, whatever that is.
    fn setting_of_link(&mut self, now: Instant, command: &Command, port: &mut impl Port) {
        let none = |()| Returned::new();
        let (handle, outcome) = match *command {
            Command::LeReadChannelMap { handle } => {
                let map = self.link(handle).map(|link| link.schedule.map.to_wire());
                (handle, map.map(|map| returned(&[&map])))
            }
            Command::LeReadPhy { handle } => {
                let phys = self.link(handle).map(|link| link.phys());
                (handle, phys.map(|(transmit, receive)| returned(&[&[transmit, receive]])))
            }
            Command::LeSetDataLength { handle, octets, time } => {
                let link = self.link_with(handle, feature::DATA_LENGTH);
                let outcome = link.and_then(|link| {
                    check_length(octets, time)?;
                    link.set_transmit_length(octets, time);
                    link.control.wants(Request::DataLength, true);
                    Ok(())
                });
                (handle, outcome.map(none))
            }
            Command::LeRemoteConnectionParameterRequestReply(ref reply) => {
                let link = self.link(reply.handle);
                let outcome = link.and_then(|link| link.answer_parameters(now, Ok(parameters(reply)), port));
                (reply.handle, outcome.map(none))
            }
            Command::LeRemoteConnectionParameterRequestNegativeReply { handle, reason } => {
                let link = self.link(handle);
                let outcome = link.and_then(|link| link.answer_parameters(now, Err(reason), port));
                (handle, outcome.map(none))
            }
            Command::ReadAuthenticatedPayloadTimeout { handle } => {
                (handle, self.link(handle).map(|link| words(&[link.payload_timeout()])))
            }
            Command::WriteAuthenticatedPayloadTimeout { handle, timeout } => {
                let outcome = self.link(handle).and_then(|link| {
                    let set = link.set_payload_timeout(now, timeout);
                    if set { Ok(Returned::new()) } else { Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS) }
                });
                (handle, outcome)
            }
            _ => return unreadable(command, port),
        };
        let rest = outcome.unwrap_or_default();
        complete(command, outcome.map(|_| ()), &returned(&[&handle.to_le_bytes(), &rest]), port);
        self.begin(now, port);
    }
}

impl Connection {
    /// Asks for a procedure that the host is to hear of, unless the same is under way for it.
    fn ask_once(&mut self, request: Request, procedure: Procedure) -> Outcome {
        if self.control.is_asked(&request, Some(procedure)) {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        self.control.wants(request, true);
        Ok(())
    }
}

fn returned(parts: &[&[u8]]) -> Returned {
    let mut octets = Returned::new();
    for part in parts {
        octets.extend_from_slice(part).expect("return parameters are short");
    }
    octets
}

fn words(words: &[u16]) -> Returned {
    let mut octets = Returned::new();
    for word in words {
        octets.extend_from_slice(&word.to_le_bytes()).expect("return parameters are short");
    }
    octets
}

fn answer(command: &Command, outcome: Result<Returned, ErrorCode>, port: &mut impl Port) {
    let rest = outcome.unwrap_or_default();
    complete(command, outcome.map(|_| ()), &rest, port);
}
