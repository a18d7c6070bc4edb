//! Pictures as PNG, for places that take no SVG; the letters come from fonts that are built in.
//!
//! Invariant: the same document gives the same octets on any machine, since no font of the system is looked at. Must
//! never know: what a picture shows.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::io;
use std::sync::Arc;

/// DejaVu Sans, cut down to the letters that charts use; the licence is beside them.
const FONTS: [&[u8]; 2] =
    [include_bytes!("../fonts/DejaVuSans.ttf"), include_bytes!("../fonts/DejaVuSans-Bold.ttf")];

/// The picture of an SVG document, a pixel a unit.
///
/// # Errors
/// What the renderer says of a document that is none.
pub fn png(svg: &str) -> io::Result<Vec<u8>> {
    let mut options = Options { font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    let fonts = Arc::make_mut(&mut options.fontdb);
    for font in FONTS {
        fonts.load_font_data(font.to_vec());
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    let tree = Tree::from_str(svg, &options).map_err(io::Error::other)?;
    let size = tree.size().to_int_size();
    let mut pixels = Pixmap::new(size.width(), size.height())
        .ok_or_else(|| io::Error::other("a picture without pixels"))?;
    resvg::render(&tree, Transform::default(), &mut pixels.as_mut());
    pixels.encode_png().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::figures;
    use crate::made_up::with_report;

    /// Every figure has a picture of its own size with letters in it, the same each time; what is no document has none.
    #[test]
    fn figures_have_pictures() {
        for figure in with_report(figures).unwrap() {
            let picture = png(&figure.svg).unwrap();
            assert!(picture.starts_with(b"\x89PNG") && picture.len() > 8_000, "{}", figure.name);
            assert_eq!(picture, png(&figure.svg).unwrap(), "{}", figure.name);
            let width = u32::from_be_bytes(picture[16..20].try_into().unwrap());
            assert_eq!(width, 1_200, "{}", figure.name);
        }
        assert!(png("<svg").is_err());
    }
}
