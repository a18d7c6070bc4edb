//! Reading from a source whose end is not known.

use std::io::{self, Read};

/// Fills `octets` as far as the source goes, and says how far that was.
pub(crate) fn fill(source: &mut impl Read, octets: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < octets.len() {
        match source.read(&mut octets[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
