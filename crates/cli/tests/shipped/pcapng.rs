//! The blocks of our pcapng files, by hand: a check of what we write has to stand on its own feet.

/// A packet and where its octets begin in the file.
pub(crate) struct Found<'a> {
    pub(crate) interface: u32,
    pub(crate) at: usize,
    pub(crate) octets: &'a [u8],
    pub(crate) commented: bool,
}

/// Octets of an air packet before its PDU: what the radio knows, and the access address.
const BEFORE_PDU: usize = 10 + 4;

impl Found<'_> {
    /// Whether a packet on the air is on LE Coded, by the upper two bits of its flags.
    pub(crate) fn is_coded(&self) -> bool {
        self.octets[9] >> 6 == 2
    }

    /// The PDU and the CRC of a packet on the air; on LE Coded the coding indicator comes before them.
    pub(crate) fn pdu(&self) -> &[u8] {
        &self.octets[BEFORE_PDU + usize::from(self.is_coded())..]
    }
}

/// Type of the block that holds a packet.
const PACKET: u32 = 6;
/// Octets of such a block around the packet: type, length, interface, time, two lengths; and the length again.
const AROUND: usize = 28 + 4;

/// The packets of a file.
pub(crate) fn packets(file: &[u8]) -> Vec<Found<'_>> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four octets"));
    let size = |at: usize| usize::try_from(word(at)).expect("it fits");
    let (mut at, mut found) = (0, Vec::new());
    while at < file.len() {
        let length = size(at + 4);
        assert_eq!(length, size(at + length - 4), "a block says its length twice");
        if word(at) == PACKET {
            let captured = size(at + 20);
            let commented = length > AROUND + captured.next_multiple_of(4);
            let octets = &file[at + 28..at + 28 + captured];
            found.push(Found { interface: word(at + 8), at: at + 28, octets, commented });
        }
        at += length;
    }
    found
}
