//! The sheet that a chart is drawn on: layers of an SVG document, each drawn by the drawing library.
//!
//! Invariant: what belongs to one policy is a group of its own that says so, and nothing else is in one: a page can
//! show and hide it. The same marks give the same octets. Must never know: what the marks mean.

use super::text::attribute;
use super::theme::{GRID, INK};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::fmt::{Display, Write};

/// What a layer is drawn on.
pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Nothing, or why there is no picture.
pub(super) type Drawn = Result<(), String>;

/// A document that grows layer by layer.
pub(super) struct Sheet {
    size: (u32, u32),
    body: String,
}

impl Sheet {
    /// An empty white sheet.
    pub(super) fn new(width: i32, height: i32) -> Self {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let ground = format!("<rect width=\"{}\" height=\"{}\" fill=\"#FFFFFF\"/>\n", size.0, size.1);
        Self { size, body: ground }
    }

    /// Draws what belongs to no policy, or to the one of this number.
    pub(super) fn layer(&mut self, policy: Option<usize>, draw: impl FnOnce(&Canvas<'_>) -> Drawn) -> Drawn {
        let inner = self.drawn(draw)?;
        self.add(policy, &inner);
        Ok(())
    }

    /// Draws lines of a policy that are broken so, if they are: so many pixels of line, and so many of gap.
    pub(super) fn dashed(
        &mut self,
        policy: usize,
        pattern: Option<(i32, i32)>,
        draw: impl FnOnce(&Canvas<'_>) -> Drawn,
    ) -> Drawn {
        let mut inner = self.drawn(draw)?;
        if let Some((dash, gap)) = pattern {
            inner = inner.replace("<polyline ", &format!("<polyline stroke-dasharray=\"{dash} {gap}\" "));
        }
        self.add(Some(policy), &inner);
        Ok(())
    }

    /// What is drawn, without what every mark would say anew.
    fn drawn(&self, draw: impl FnOnce(&Canvas<'_>) -> Drawn) -> Result<String, String> {
        let mut svg = String::new();
        {
            let canvas = SVGBackend::with_string(&mut svg, self.size).into_drawing_area();
            draw(&canvas)?;
            canvas.present().map_err(words)?;
        }
        let inner = svg.split_once('>').map_or("", |(_, inner)| inner);
        let inner = inner.trim().strip_suffix("</svg>").unwrap_or_default();
        Ok(inner.replace(" opacity=\"1\"", "").replace(" font-family=\"sans-serif\"", ""))
    }

    fn add(&mut self, policy: Option<usize>, inner: &str) {
        if let Some(policy) = policy {
            let _ = write!(self.body, "<g class=\"policy\" data-policy=\"{policy}\">\n{inner}</g>\n");
        } else {
            self.body.push_str(inner);
        }
    }

    /// The whole document; `alt` says what is seen to those who do not see it.
    pub(super) fn finish(self, alt: &str) -> String {
        let (width, height) = self.size;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" width=\"{width}\" \
             height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\">\n{}</svg>\n",
            attribute(alt),
            self.body,
        )
    }
}

pub(super) fn rectangle(canvas: &Canvas<'_>, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Drawn {
    canvas.draw(&Rectangle::new([from, to], color.filled())).map_err(words)
}

pub(super) fn line(canvas: &Canvas<'_>, points: &[(i32, i32)], color: RGBColor, width: u32) -> Drawn {
    canvas.draw(&PathElement::new(points.to_vec(), color.stroke_width(width))).map_err(words)
}

pub(super) fn dot(canvas: &Canvas<'_>, at: (i32, i32), radius: i32, style: ShapeStyle) -> Drawn {
    canvas.draw(&Circle::new(at, radius, style)).map_err(words)
}

pub(super) fn text(canvas: &Canvas<'_>, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Drawn {
    canvas.draw_text(text, style, at).map_err(words)
}

/// A whisker from `low` to `high` with its ends.
pub(super) fn whisker(canvas: &Canvas<'_>, (low, high): (i32, i32), y: i32) -> Drawn {
    line(canvas, &[(low, y), (high, y)], INK, 2)?;
    [low, high].into_iter().try_for_each(|x| line(canvas, &[(x, y - 7), (x, y + 7)], INK, 2))
}

/// A vertical line of the grid, with what it stands for below it.
pub(super) fn tick(
    canvas: &Canvas<'_>,
    x: i32,
    (top, bottom): (i32, i32),
    label: &str,
    style: &TextStyle<'_>,
) -> Drawn {
    line(canvas, &[(x, top), (x, bottom + 6)], GRID, 1)?;
    text(canvas, label, (x, bottom + 20), style)
}

/// The drawing library's errors all mean the same here: no picture.
pub(super) fn words(error: impl Display) -> String {
    error.to_string()
}
