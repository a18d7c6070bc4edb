//! L2CAP: frames, reassembly and the LE signalling channel.
//!
//! Rows with a source are taken from a btsnoop log of a failing pairing that was posted to a public mailing
//! list.

use blesim_packet::l2cap::{
    CID_LE_SIGNALLING, CID_SMP, FRAME_MAX, Frame, PAYLOAD_MAX, Reassembler, ReassemblyError, SIGNALLING_MTU,
    Signal, frame,
};
use blesim_packet::{DecodeError, Octets};
use proptest::collection::vec;
use proptest::prelude::*;

fn octets<const N: usize>(slice: &[u8]) -> Octets<N> {
    Octets::from_slice(slice).expect("the row fits")
}

/// The bytes of the frame's header and payload, built by hand.
fn raw(says: usize, cid: u16, payload: &[u8]) -> Vec<u8> {
    let says = u16::try_from(says).expect("rows are short");
    [&says.to_le_bytes(), &cid.to_le_bytes(), payload].concat()
}

#[test]
fn frames_from_the_log() {
    // Pairing Failed as it travelled.
    let bytes = [0x02, 0x00, 0x06, 0x00, 0x05, 0x08];
    assert_eq!(*frame::<_, FRAME_MAX>(CID_SMP, &octets::<65>(&[0x05, 0x08])), bytes);
    assert_eq!(Frame::decode(&bytes), Ok(Frame { cid: CID_SMP, payload: &[0x05, 0x08] }));
}

#[test]
fn broken_frames() {
    // A cut header, and a length that disagrees either way.
    let check = |bytes: &[u8], expected| assert_eq!(Frame::decode(bytes), Err(expected));
    check(&[], DecodeError::TooShort { need: 4, got: 0 });
    check(&[2, 0, 6], DecodeError::TooShort { need: 4, got: 3 });
    check(&[2, 0, 6, 0, 5], DecodeError::BadLength { says: 2, got: 1 });
    check(&[0, 0, 6, 0, 5], DecodeError::BadLength { says: 0, got: 1 });
}

/// What one fragment led to: nothing yet, a payload on a channel, or an error.
type Step = Result<Option<(u16, Vec<u8>)>, ReassemblyError>;

/// Feeds the fragments and checks what comes of each; returns how many frames were abandoned.
fn check(steps: &[(bool, &[u8], Step)]) -> u32 {
    let mut reassembler = Reassembler::new();
    for (index, (start, fragment, expected)) in steps.iter().enumerate() {
        let found = reassembler.feed(*start, fragment);
        let found = found.map(|frame| frame.map(|frame| (frame.cid, frame.payload.to_vec())));
        assert_eq!(&found, expected, "step {index}");
    }
    reassembler.abandoned()
}

const START: bool = true;
const CONTINUATION: bool = false;

#[test]
fn whole_and_fragmented_frames() {
    // One fragment, two, one octet at a time, and none lost when another frame follows at once.
    let payload: Vec<u8> = (0..30).collect();
    let bytes = raw(30, CID_SMP, &payload);
    let whole: Step = Ok(Some((CID_SMP, payload)));
    let single: Vec<_> = (0..bytes.len())
        .map(|at| (at == 0, &bytes[at..=at], if at + 1 == bytes.len() { whole.clone() } else { Ok(None) }))
        .collect();
    assert_eq!(check(&single), 0);
    let abandoned = check(&[
        (START, &bytes, whole.clone()),
        (START, &bytes[..27], Ok(None)),
        (CONTINUATION, &bytes[27..], whole.clone()),
        (START, &[], Ok(None)),
        (START, &bytes[..3], Ok(None)),
        (CONTINUATION, &[], Ok(None)),
        (CONTINUATION, &bytes[3..], whole),
        (START, &[0, 0, 4, 0], Ok(Some((4, vec![])))),
    ]);
    assert_eq!(abandoned, 0);
}

#[test]
fn the_longest_frame() {
    // Everything the buffer holds passes; one octet more does not.
    let payload = vec![7; PAYLOAD_MAX];
    let bytes = raw(PAYLOAD_MAX, 9, &payload);
    assert_eq!(bytes.len(), FRAME_MAX);
    let too_long = raw(PAYLOAD_MAX + 1, 9, &[]);
    let error = ReassemblyError::TooLong { says: PAYLOAD_MAX + 1 };
    check(&[
        (START, &bytes, Ok(Some((9, payload.clone())))),
        (START, &too_long, Err(error)),
        (CONTINUATION, &payload, Err(ReassemblyError::Unexpected)),
        (START, &bytes, Ok(Some((9, payload.clone())))),
    ]);
}

#[test]
fn sequences_that_break_the_rules() {
    // Each error leaves an empty buffer, so that the next frame passes.
    let good = raw(2, 6, &[5, 8]);
    let whole: Step = Ok(Some((6, vec![5, 8])));
    let long = raw(2, 6, &[5, 8, 9]);
    let mismatch = ReassemblyError::LengthMismatch { says: 2, got: 3 };
    let abandoned = check(&[
        (CONTINUATION, &good, Err(ReassemblyError::Unexpected)),
        (START, &long, Err(mismatch)),
        (CONTINUATION, &[1], Err(ReassemblyError::Unexpected)),
        (START, &good, whole.clone()),
        (CONTINUATION, &[1], Err(ReassemblyError::Unexpected)),
        (START, &good[..5], Ok(None)),
        (CONTINUATION, &[8, 9], Err(mismatch)),
        (START, &good[..5], Ok(None)),
        (START, &good[..1], Ok(None)),
        (START, &good, whole),
        (START, &[0; 300], Err(ReassemblyError::LengthMismatch { says: 0, got: 296 })),
    ]);
    assert_eq!(abandoned, 2);
}

#[test]
fn signals() {
    // The request and its response from the log, then rejects with and without data, then another command.
    let check = |bytes: &[u8], signal: Signal| {
        assert_eq!(Signal::decode(bytes), Ok(signal));
        assert_eq!(*signal.encode(), *bytes);
    };
    check(
        &[0x12, 2, 8, 0, 6, 0, 12, 0, 0, 0, 0x90, 1],
        Signal::ConnectionParameterUpdateRequest {
            identifier: 2,
            interval_min: 6,
            interval_max: 12,
            latency: 0,
            timeout: 400,
        },
    );
    let accepted = Signal::ConnectionParameterUpdateResponse { identifier: 0, result: 0 };
    check(&[0x13, 0, 2, 0, 0, 0], accepted);
    let framed: Octets<FRAME_MAX> = frame(CID_LE_SIGNALLING, &accepted.encode());
    assert_eq!(*framed, [6, 0, 5, 0, 0x13, 0, 2, 0, 0, 0]);
    let reject = |reason, data: &[u8]| Signal::CommandReject { identifier: 7, reason, data: octets(data) };
    check(&[1, 7, 2, 0, 0, 0], reject(0, &[]));
    check(&[1, 7, 4, 0, 1, 0, 23, 0], reject(1, &[23, 0]));
    check(&[1, 7, 6, 0, 2, 0, 0x40, 0, 0x41, 0], reject(2, &[0x40, 0, 0x41, 0]));
    check(&[0x14, 9, 1, 0, 0xAA], Signal::Unknown { code: 0x14, identifier: 9, data: octets(&[0xAA]) });
}

#[test]
fn broken_signals() {
    // Cut, with a length that disagrees, with another length than the format, and beyond the MTU.
    let check = |bytes: &[u8], expected| assert_eq!(Signal::decode(bytes), Err(expected));
    check(&[0x12, 1, 8], DecodeError::TooShort { need: 4, got: 3 });
    check(&[0x12, 1, 8, 0, 1], DecodeError::BadLength { says: 8, got: 1 });
    check(&[0x13, 1, 1, 0, 0], DecodeError::TooShort { need: 6, got: 5 });
    check(&[0x13, 1, 3, 0, 0, 0, 0], DecodeError::TooLong { limit: 6, got: 7 });
    check(&[1, 1, 1, 0, 0], DecodeError::TooShort { need: 6, got: 5 });
    check(&[1, 1, 7, 0, 2, 0, 1, 2, 3, 4, 5], DecodeError::TooLong { limit: 4, got: 5 });
    let mut long = vec![0x14, 1, 20, 0];
    long.resize(SIGNALLING_MTU + 1, 0);
    check(&long, DecodeError::TooLong { limit: 19, got: 20 });
}

proptest! {
    /// However a sequence of frames is cut, the same frames come out.
    #[test]
    fn reassembly_undoes_fragmentation(
        frames in vec((any::<u16>(), vec(any::<u8>(), 0..=PAYLOAD_MAX)), 1..8),
        size in 1..60_usize,
    ) {
        let mut reassembler = Reassembler::new();
        for (cid, payload) in &frames {
            let payload = octets::<PAYLOAD_MAX>(payload);
            let bytes: Octets<FRAME_MAX> = frame(*cid, &payload);
            let last = bytes.len().div_ceil(size) - 1;
            for (index, fragment) in bytes.chunks(size).enumerate() {
                let found = reassembler.feed(index == 0, fragment);
                let expected = (index == last).then_some(Frame { cid: *cid, payload: &payload });
                prop_assert_eq!(found, Ok(expected));
            }
        }
    }

    /// Any fragments are taken without a panic, and what comes out is as long as its header says.
    #[test]
    fn reassembly_is_total(
        fragments in vec((any::<bool>(), vec(prop_oneof![0..9_u8, any::<u8>()], 0..280)), 0..20),
    ) {
        let mut reassembler = Reassembler::new();
        for (start, fragment) in fragments {
            if let Ok(Some(frame)) = reassembler.feed(start, &fragment) {
                prop_assert!(frame.payload.len() <= PAYLOAD_MAX);
            }
        }
    }

    /// Any bytes give a value or an error, and a value gives the same bytes again.
    #[test]
    fn signals_encode_to_the_same_bytes(
        code in prop_oneof![Just(1_u8), Just(0x12), Just(0x13), any::<u8>()],
        identifier: u8,
        data in vec(any::<u8>(), 0..24),
        wrong in prop_oneof![9 => Just(0_u16), 1 => any::<u16>()],
    ) {
        let says = (u16::try_from(data.len()).unwrap() ^ wrong).to_le_bytes();
        let octets = [&[code, identifier], &says[..], &data].concat();
        if let Ok(signal) = Signal::decode(&octets) {
            let encoded = signal.encode();
            prop_assert_eq!(&*encoded, &*octets);
        }
    }
}
