//! A PDU that is not acknowledged is sent again unchanged, an empty one as an empty one.

use blesim_controller::{AirPdu, Frame};
use blesim_packet::ll::{AccessAddress, DataPdu};

/// What a device sent last on one of its links: where, and what under which sequence number.
#[derive(Clone, Debug)]
pub(crate) struct LastSent {
    access_address: AccessAddress,
    pdu: DataPdu,
}

/// Takes note of a frame; false if it has the sequence number of the one before it and another content.
#[inline]
pub(super) fn holds(last: &mut Vec<LastSent>, frame: &Frame) -> bool {
    let AirPdu::Data(pdu) = &frame.pdu else { return true };
    let access_address = frame.access_address;
    let Some(before) = last.iter_mut().find(|before| before.access_address == access_address) else {
        last.push(LastSent { access_address, pdu: *pdu });
        return true;
    };
    let before = &mut before.pdu;
    let (seen, sent) = (before.header, pdu.header);
    let holds = seen.sn != sent.sn || seen.llid == sent.llid && before.payload == pdu.payload;
    before.header = sent;
    before.payload.copy_from(&pdu.payload);
    holds
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_packet::Octets;
    use blesim_packet::ll::{ChannelIndex, DataHeader, DataPdu, Llid, Phy};

    fn frame(llid: Llid, sn: bool, payload: &[u8]) -> Frame {
        let header = DataHeader { llid, nesn: false, sn, md: false, cp: false };
        let pdu = AirPdu::Data(DataPdu { header, payload: Octets::from_slice(payload).unwrap() });
        Frame { channel: ChannelIndex(3), access_address: AccessAddress(0x1234_5678), phy: Phy::Le1M, pdu }
    }

    /// A seeded breach: data takes the place of an empty PDU that was not acknowledged, and is lost that way.
    #[test]
    fn a_changed_retransmission_is_found() {
        let check = |frames: &[Frame], expected: &[bool]| {
            let mut last = Vec::new();
            let found: Vec<bool> = frames.iter().map(|frame| holds(&mut last, frame)).collect();
            assert_eq!(found, expected);
        };
        let empty = frame(Llid::Continuation, false, &[]);
        let data = frame(Llid::Start, false, &[1, 2]);
        let next = frame(Llid::Start, true, &[1, 2]);
        check(&[empty, empty, next], &[true, true, true]);
        check(&[empty, data], &[true, false]);
        let other = Frame { access_address: AccessAddress(0x8765_4321), ..data };
        check(&[empty, other, empty, data], &[true, true, true, false]);
    }
}
