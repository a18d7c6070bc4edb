//! A file that grows while a session goes on, and can be read meanwhile.
//!
//! Invariant: it is only ever written up to the end of a packet.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

/// What is written and not in the file yet, and the file.
#[derive(Debug)]
struct Pending {
    octets: Vec<u8>,
    file: File,
}

/// Takes what a trace writes. A copy writes into the same file.
#[derive(Clone, Debug)]
pub(crate) struct LiveFile(Rc<RefCell<Pending>>);

impl LiveFile {
    /// Begins the file anew.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(Rc::new(RefCell::new(Pending { octets: Vec::new(), file: File::create(path)? }))))
    }

    /// Puts everything into the file; call it between two packets.
    pub(crate) fn push(&self) -> io::Result<()> {
        let Pending { octets, file } = &mut *self.0.borrow_mut();
        if !octets.is_empty() {
            file.write_all(octets)?;
            octets.clear();
        }
        Ok(())
    }
}

impl Write for LiveFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().octets.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()
    }
}
