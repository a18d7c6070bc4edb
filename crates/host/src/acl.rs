//! The host's end of ACL data: credits towards the controller, reassembly from it.
//!
//! Invariant: never more packets are outstanding, over all links, than the controller has buffers
//! (Vol 4 Part E 4.1.1).

use crate::io::{Context, Port};
use arrayvec::ArrayVec;
use blesim_packet::Octets;
use blesim_packet::l2cap::{self, Reassembler};
use blesim_packet::smp::SmpPdu;

/// SMP PDUs that can wait for a credit: all that one side ever has to say at once is its keys.
const MAX_WAITING: usize = 12;
/// The longest frame: an SMP PDU one octet longer than any should be, and the L2CAP header.
const MAX_FRAME: usize = 70;

/// The controller's buffers for LE data, which all links share.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Credits {
    buffers: usize,
    outstanding: usize,
}

impl Credits {
    /// The controller told how many packets it can hold (Vol 4 Part E 7.8.2).
    pub(crate) fn set_buffers(&mut self, buffers: u8) {
        self.buffers = usize::from(buffers);
    }

    /// Takes a buffer, if one is free.
    fn take(&mut self) -> bool {
        let free = self.outstanding < self.buffers;
        self.outstanding += usize::from(free);
        free
    }

    fn give_back(&mut self, count: usize) {
        self.outstanding -= count;
    }
}

/// One link's share: what is outstanding, what waits for a credit, and the frame being put together.
#[derive(Debug)]
pub(crate) struct Acl {
    handle: Option<u16>,
    outstanding: usize,
    waiting: ArrayVec<Octets<MAX_FRAME>, MAX_WAITING>,
    pub(crate) incoming: Reassembler,
}

impl Acl {
    pub(crate) fn new() -> Self {
        Self { handle: None, outstanding: 0, waiting: ArrayVec::new(), incoming: Reassembler::new() }
    }

    /// The connection handle, while there is a link.
    pub(crate) fn handle(&self) -> Option<u16> {
        self.handle
    }

    /// A new link begins: nothing is under way on it.
    pub(crate) fn open(&mut self, handle: u16) {
        self.handle = Some(handle);
        self.waiting.clear();
        self.incoming = Reassembler::new();
    }

    /// The link is gone, and what the controller held for it is flushed (Vol 4 Part E 4.1.1).
    pub(crate) fn close(&mut self, credits: &mut Credits) {
        credits.give_back(core::mem::take(&mut self.outstanding));
        self.handle = None;
        self.waiting.clear();
    }

    /// True when the peer's link layer has acknowledged everything that was sent.
    pub(crate) fn all_sent(&self) -> bool {
        self.outstanding == 0 && self.waiting.is_empty()
    }

    /// Sends an SMP PDU as soon as there is a credit. Beyond a dozen waiting ones it is lost, which a host
    /// that follows the protocol never meets.
    pub(crate) fn send(&mut self, pdu: &SmpPdu, credits: &mut Credits, cx: &mut Context<'_, impl Port>) {
        self.send_on(l2cap::CID_SMP, &pdu.encode(), credits, cx);
    }

    /// Sends a payload of up to 66 octets on this channel.
    pub(crate) fn send_on<const N: usize>(
        &mut self,
        cid: u16,
        payload: &Octets<N>,
        credits: &mut Credits,
        cx: &mut Context<'_, impl Port>,
    ) {
        let frame = l2cap::frame(cid, payload);
        if let Some(handle) = self.handle.filter(|_| self.waiting.is_empty())
            && credits.take()
        {
            return self.pass(handle, &frame, cx);
        }
        let _lost = self.waiting.try_push(frame);
        self.pump(credits, cx);
    }

    /// Hands a frame for which there is a credit to the controller.
    fn pass(&mut self, handle: u16, frame: &Octets<MAX_FRAME>, cx: &mut Context<'_, impl Port>) {
        self.outstanding += 1;
        // Packet boundary 0b00: the first packet of a frame, from a host (Vol 4 Part E 5.4.2).
        cx.port.acl_to_controller(handle, 0, frame);
    }

    /// The controller has completed packets (Vol 4 Part E 7.7.19).
    pub(crate) fn completed(&mut self, count: u16, credits: &mut Credits) {
        let count = usize::from(count).min(self.outstanding);
        self.outstanding -= count;
        credits.give_back(count);
    }

    /// Sends what waits, as far as the credits go.
    pub(crate) fn pump(&mut self, credits: &mut Credits, cx: &mut Context<'_, impl Port>) {
        let Some(handle) = self.handle else { return };
        while !self.waiting.is_empty() && credits.take() {
            let frame = self.waiting.remove(0);
            self.pass(handle, &frame, cx);
        }
    }
}
