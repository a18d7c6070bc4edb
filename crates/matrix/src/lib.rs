//! The matrix: for every procedure and error, the natural causes that produce it against every verdict about
//! what to do next, and the verdict that the results recommend.
//!
//! Invariants: what comes out is a function of the seeds alone, the same for any number of threads; a
//! verdict is recommended by the rule in [`judge`], never by hand. It must never know a terminal or a file.

mod advised;
mod cause;
mod expected;
pub mod judge;
mod note;
mod row;
mod trial;
mod verdict;

pub use advised::{ADVISED, Advised, advised, costs};
pub use cause::{CAUSES, Cause, UNPRODUCED, Unproduced};
pub use expected::{Expected, expected};
pub use row::{Cost, ExposureShare, Matrix, Of, Row, Tried};
pub use trial::{MatrixError, Trial, matrix, sessions};
pub use verdict::{Recommended, Verdict};
