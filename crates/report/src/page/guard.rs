//! What the page may do: run its one script and wear its one style, and nothing else.
//!
//! Invariant: the hashes are of exactly what stands between the tags. Must never know: what the page says.

use crate::chart::dark;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The script.
pub(super) const SCRIPT: &str = include_str!("page.js");

/// The style, with what pictures look like on dark ground.
pub(super) fn style() -> String {
    include_str!("page.css").replace("@DARK@", &dark())
}

/// The content security policy: nothing is loaded, sent, framed or run but what has these hashes.
pub(super) fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(style)
    )
}
