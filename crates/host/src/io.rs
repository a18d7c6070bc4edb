//! What goes in and out of a host besides HCI: draws, steps, notes and the reasons of its wakes.

use crate::application::Payload;
use crate::attributes::AttError;
use crate::config::Level;
use crate::failure::Failure;
use crate::quirk::Quirk;
use crate::recovery::{Action, Consult, Question};
use crate::smp::Awaited;
use crate::smp::OobData;
use crate::smp::proof::Check;
use blesim_crypto::{DhKey, InvalidPublicKey, KeyPair, PublicKey};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::HciPacket;
use blesim_packet::smp::{Keypress, SmpPdu};

/// The GAP role, Vol 3 Part C 2.2.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Connects and initiates pairing.
    Central,
    /// Advertises, responds, and asks for security.
    Peripheral,
}

/// What happens to a host.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Power comes on: what is not stored is as new.
    PowerOn,
    /// An HCI packet from the controller.
    Hci(&'a HciPacket),
    /// The user says something about the pairing with this peer (its place in [`crate::Config::peers`]).
    User(usize, Answer),
    /// The link to this peer is to be ended, whatever it is for.
    Disconnect(usize),
    /// The application has waited long enough for a secured link to this peer: the link is to be ended, unless
    /// it is secured, and that is a failure.
    Abandon(usize),
    /// A secured link to this peer is wanted again: a new episode begins, unless one is under way or the link
    /// is still secured.
    Begin(usize),
    /// A PDU of the attribute protocol is to be sent to this peer as it is.
    Relay(usize, Payload),
    /// The user wants out-of-band data made, which go out through [`Port::oob`].
    MakeOob,
    /// Out-of-band data of this peer have come.
    Oob(usize, OobData),
    /// The wake given by [`crate::Host::deadline`] is due.
    Wake,
}

/// What a host shows its user or asks (Vol 3 Part H 2.3.5). What is shown or asked stands until it is
/// answered, [`Prompt::Dismissed`], or the device loses power.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prompt {
    /// Shows a passkey, to be typed on the other device; it takes no answer but [`Answer::Cancel`].
    DisplayPasskey(u32),
    /// Asks for the passkey that the other device shows, or for one that is typed on both.
    EnterPasskey,
    /// Asks whether the other device shows this number too.
    Compare(u32),
    /// Asks whether to pair at all.
    Confirm,
    /// Asks what the recovery policy wants to know, or the responder.
    Ask(Question),
    /// Takes away what was shown or asked: the pairing has got beyond it, one way or another.
    Dismissed,
}

/// What a user says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// A passkey.
    Passkey(u32),
    /// Yes.
    Yes,
    /// No.
    No,
    /// Leave it.
    Cancel,
    /// A key was pressed on the way to a passkey; the peer is told if both wanted it (Vol 3 Part H 3.5.8).
    Keypress(Keypress),
}

/// Why a host wants to wake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Why {
    /// The Security Manager timer runs out.
    SmpTimeout,
    /// The DHKey is computed.
    DhKey,
    /// The time for making a connection is over.
    ConnectTimeout,
    /// A wait of the recovery program is over.
    Wait,
    /// The time to ask for security has come.
    SecurityRequest,
    /// The time to ask for a procedure of the link layer has come.
    LinkControl,
    /// The application has something to send.
    Application,
    /// A bond is written.
    BondWritten,
    /// The own private address has been in use for long enough.
    Rotation,
    /// The peer's address is resolved.
    Resolution,
}

/// A random value a host needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Draw {
    /// Mrand, Srand, Na or Nb (Vol 3 Part H 2.3.5).
    PairingRandom,
    /// An LTK to distribute (Vol 3 Part H 2.4.2.3).
    Ltk,
    /// EDIV, 16 bits (Vol 3 Part H 2.4.2.3).
    Ediv,
    /// Rand, 64 bits (Vol 3 Part H 2.4.2.3).
    Rand,
    /// The IRK, one a device (Vol 3 Part H 2.4.2.1).
    Irk,
    /// The CSRK (Vol 3 Part H 2.4.2.2).
    Csrk,
    /// The random part of a wait.
    Jitter,
    /// The passkey to show, modulo a million (Vol 3 Part H 2.3.5.3).
    Passkey,
    /// The temporary key to give away out of band (Vol 3 Part H 2.3.5.4).
    Tk,
    /// The random value to give away out of band (Vol 3 Part H 2.3.5.6.4).
    OobRandom,
    /// The random part of a resolvable private address (Vol 6 Part B 1.3.2.2).
    Prand,
}

/// What can go wrong with the parts of a device that a host leans on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mishap {
    /// A write of the bond store.
    BondWrite,
    /// A peer's private address, which an IRK of a bond would resolve, is not resolved.
    Resolution,
}

/// The steps of securing a link, at which faults can be aimed. A device enters a step when it first sends or
/// receives what the step is named for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// The link is up.
    Connected,
    /// Pairing Request or Pairing Response.
    PairingFeatures,
    /// Pairing Public Key.
    PublicKey,
    /// Pairing Confirm.
    Confirm,
    /// Pairing Random.
    Random,
    /// Pairing DHKey Check.
    DhKeyCheck,
    /// Encryption is asked for.
    EncryptionStart,
    /// Encryption is on.
    Encrypted,
    /// The first distributed key.
    KeyDistribution,
    /// The bond may be used; it is stored where that takes no time.
    Bonded,
}

impl Step {
    /// All steps, in the order of a pairing, with the names that scenarios use.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Connected, "connected"),
        (Self::PairingFeatures, "pairing features"),
        (Self::PublicKey, "public key"),
        (Self::Confirm, "confirm"),
        (Self::Random, "random"),
        (Self::DhKeyCheck, "DHKey check"),
        (Self::EncryptionStart, "encryption start"),
        (Self::Encrypted, "encrypted"),
        (Self::KeyDistribution, "key distribution"),
        (Self::Bonded, "bonded"),
    ];

    /// The step that a PDU belongs to.
    #[must_use]
    pub fn of(pdu: &SmpPdu) -> Option<Self> {
        match pdu {
            SmpPdu::PairingRequest(_) | SmpPdu::PairingResponse(_) => Some(Self::PairingFeatures),
            SmpPdu::PairingPublicKey { .. } => Some(Self::PublicKey),
            SmpPdu::PairingConfirm(_) => Some(Self::Confirm),
            SmpPdu::PairingRandom(_) => Some(Self::Random),
            SmpPdu::PairingDhKeyCheck(_) => Some(Self::DhKeyCheck),
            SmpPdu::EncryptionInformation { .. }
            | SmpPdu::CentralIdentification { .. }
            | SmpPdu::IdentityInformation { .. }
            | SmpPdu::IdentityAddressInformation(_)
            | SmpPdu::SigningInformation { .. } => Some(Self::KeyDistribution),
            SmpPdu::PairingFailed(_) | SmpPdu::SecurityRequest(_) | SmpPdu::KeypressNotification(_) => None,
        }
    }
}

/// What a host tells its observer; nothing depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    /// Pairing goes on under these terms.
    Pairing {
        /// LE Secure Connections or legacy.
        secure_connections: bool,
        /// The association model, as the specification names it.
        model: &'static str,
    },
    /// A key came into being: its name and value.
    Key(&'static str, u128),
    /// An intermediate value, under its name in the specification: Na, Nb, Ca, Cb, Ea, Eb, Mrand, Srand and
    /// so on.
    Value(&'static str, u128),
    /// The Security Manager awaits something else now, or nothing.
    Awaits(Awaited),
    /// A check that the pairing rests on was passed.
    Proved(Check),
    /// A round of Passkey Entry begins: its number, counted from one, and the bit of the passkey it is about.
    PasskeyBit(u8, bool),
    /// The peer's user pressed a key.
    Keypress(Keypress),
    /// The user is shown or asked something.
    Prompt(Prompt),
    /// The user says something.
    Answer(Answer),
    /// The link has this security, at the least what was asked for.
    Level(Level),
    /// A procedure failed.
    Failed(Failure),
    /// The program's answer: the rule, counted from one, or none, and the number of failures so far.
    Rule(Option<u16>, u16),
    /// An action of the program is carried out.
    Acts(Action),
    /// The program waits.
    Waits(Span),
    /// The own address on the air is this one from now on.
    OwnAddress(Address),
    /// The peer's address is that of the device with this identity.
    Resolved(Address),
    /// A bond is in RAM, to be used, and not or not yet where it survives power loss.
    BondKept,
    /// A bond was stored: it survives power loss.
    BondStored,
    /// A write of the bond store has failed, and the stack says so.
    BondNotWritten,
    /// The bond with this peer gave way to another.
    BondEvicted(Address),
    /// A bond was deleted.
    BondDeleted,
    /// The new bond is not stored: the policy keeps the old one.
    OldBondKept,
    /// The link is ended to try the new bond on another.
    ProbesBond,
    /// A client may not write on a link as it is.
    AccessRefused(AttError),
    /// The peer refuses a write.
    AccessDenied(AttError),
    /// The link is to have this level.
    RaisesLevel(Level),
    /// The peer's key is not used any more until power is lost.
    KeyForgotten,
    /// A bond could not be stored: the table is full.
    BondTableFull,
    /// The host departs from the specification.
    Departs(Quirk),
    /// The Security Manager takes no more PDUs on this link (Vol 3 Part H 3.4).
    SmpClosed,
    /// The application has sent a value of so many octets.
    ValueSent {
        /// How many.
        octets: u8,
        /// Whether on an encrypted link.
        encrypted: bool,
    },
    /// A value of so many octets was accepted.
    ValueReceived {
        /// How many.
        octets: u8,
        /// Whether on an encrypted link.
        encrypted: bool,
    },
    /// The link is as secure as wanted.
    Secured,
    /// A value was signed with this counter, and sent in the clear.
    Signed {
        /// Of the signature.
        counter: u32,
    },
    /// A signed value came.
    SignatureChecked {
        /// It is the peer's, and new.
        holds: bool,
    },
    /// The program has given up.
    GaveUp,
}

/// Where a host's output goes and its secrets come from. A peer is named by its place in
/// [`crate::Config::peers`].
pub trait Port {
    /// Sends an HCI packet down to the controller.
    fn to_controller(&mut self, packet: &HciPacket);
    /// Sends ACL data down to the controller: [`Port::to_controller`] of [`HciPacket::acl`], for an owner that copies
    /// what it is handed.
    fn acl_to_controller(&mut self, handle: u16, boundary: u8, octets: &[u8]) {
        self.to_controller(&HciPacket::acl(handle, boundary, octets));
    }
    /// A fresh uniform 128-bit number for the given use.
    fn draw(&mut self, peer: usize, what: Draw) -> u128;
    /// The next key pair of this device (Vol 3 Part H 2.3.5.6.1).
    fn key_pair(&mut self, peer: usize) -> KeyPair;
    /// The Diffie-Hellman key of `local` with the owner of `received`.
    ///
    /// # Errors
    /// [`InvalidPublicKey`] if `received` is not a point of P-256.
    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey>;
    /// Tells that a step of securing the link to a peer was entered.
    fn step(&mut self, peer: usize, step: Step);
    /// Shows the user something about the pairing with a peer, or asks.
    fn prompt(&mut self, peer: usize, prompt: Prompt);
    /// Gives out-of-band data away, to be carried to a peer by another channel.
    fn oob(&mut self, data: OobData);
    /// Whether this goes wrong the next time it is done; it does not unless the owner says so.
    fn fails(&mut self, peer: usize, what: Mishap) -> bool {
        let (_, _) = (peer, what);
        false
    }
    /// Hands a value of the attribute protocol to whoever has use for it: nobody, usually.
    fn value(&mut self, _peer: usize, _payload: Payload) {}
    /// Tells the observer.
    fn note(&mut self, peer: usize, note: Note);
}

/// The present, the peer it is about, the recovery program and the way out, handed down to every part of the
/// host.
pub(crate) struct Context<'a, P> {
    pub(crate) now: Instant,
    pub(crate) peer: usize,
    pub(crate) program: Consult<'a>,
    pub(crate) port: &'a mut P,
}

impl<P: Port> Context<'_, P> {
    /// The same, for a part that takes it by value.
    pub(crate) fn reborrow(&mut self) -> Context<'_, P> {
        Context { now: self.now, peer: self.peer, program: self.program, port: &mut *self.port }
    }

    pub(crate) fn draw(&mut self, what: Draw) -> u128 {
        self.port.draw(self.peer, what)
    }

    pub(crate) fn key_pair(&mut self) -> KeyPair {
        self.port.key_pair(self.peer)
    }

    pub(crate) fn step(&mut self, step: Step) {
        self.port.step(self.peer, step);
    }

    pub(crate) fn prompt(&mut self, prompt: Prompt) {
        self.note(Note::Prompt(prompt));
        self.port.prompt(self.peer, prompt);
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.port.note(self.peer, note);
    }
}
