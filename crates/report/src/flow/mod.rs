//! A policy's picture as SVG: an attempt above, its rules in the order in which they are tried, and rails at the right
//! that lead back to the attempt, to the next failure and to the end.
//!
//! Invariant: the same picture gives the same octets. Must never know: where counts come from.

mod place;

use blesim_scenario::policy::{Arrow, Picture, Spot};
use place::{Box, CAPTION_LETTERS, HEAD, LINE, Plan, WIDTH, lines};
use std::fmt::Write;

const INK: &str = "#1a1a1a";
const QUIET: &str = "#999999";
const COUNT: &str = "#b34700";
/// How thick an arrow is, in tenths: never taken or not counted, and taken most often.
const THIN: u64 = 15;
const THICK: u64 = 60;

/// The whole SVG document, with a caption below the title.
#[must_use]
pub fn write_svg(picture: &Picture, caption: &str) -> String {
    let caption = lines(caption, CAPTION_LETTERS);
    let plan = Plan::of(picture, caption.len());
    let most = picture.arrows.iter().filter_map(|arrow| arrow.count).max().unwrap_or(0);
    let mut svg = String::new();
    let (height, name) = (plan.height, escaped(&picture.name));
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} \
         {height}\" role=\"img\" aria-label=\"{name}\" font-family=\"sans-serif\" font-size=\"13\">"
    );
    let _ = writeln!(svg, "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>");
    text(&mut svg, (20, 28), &picture.name, &format!("font-size=\"18\" font-weight=\"bold\" fill=\"{INK}\""));
    for (number, line) in (0..).zip(&caption) {
        text(&mut svg, (20, 46 + LINE * number), line, "fill=\"#555555\"");
    }
    for arrow in &picture.arrows {
        draw_arrow(&mut svg, arrow, &plan, most);
    }
    for node in &picture.nodes {
        if let Some(found) = plan.node(node.spot) {
            draw_box(&mut svg, found, &node.lines, node.spot);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_box(svg: &mut String, found: Box, lines: &[String], spot: Spot) {
    let fill = match spot {
        Spot::Attempt => "#e8f4fb",
        Spot::Failure => "#fdf0e6",
        Spot::Rule(_) => "#f5f5f5",
        Spot::Secured => "#ddf2e3",
        Spot::GaveUp => "#e3e3e3",
    };
    let Box { x, y, width, height } = found;
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{fill}\" \
         stroke=\"{INK}\"/>"
    );
    for (number, line) in (0..).zip(lines) {
        let weight = if number == 0 { " font-weight=\"bold\"" } else { "" };
        text(svg, (x + 12, y + HEAD + LINE * number), line, &format!("fill=\"{INK}\"{weight}"));
    }
}

/// An arrow with its words and its count; one that was counted and never taken is pale and dashed.
fn draw_arrow(svg: &mut String, arrow: &Arrow, plan: &Plan, most: u64) {
    let Some(way) = plan.way(arrow) else { return };
    let (ink, dash) = match arrow.count {
        Some(0) => (QUIET, " stroke-dasharray=\"4 4\""),
        _ => (INK, ""),
    };
    let more = arrow.count.and_then(|count| (count * (THICK - THIN)).checked_div(most)).unwrap_or(0);
    let thick = THIN + more;
    let points: Vec<String> = way.points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{}.{}\" \
         stroke-linejoin=\"round\"{dash}/>",
        points.join(" "),
        thick / 10,
        thick % 10
    );
    if let [.., from, to] = way.points[..] {
        head(svg, from, to, ink);
    }
    let (x, y) = way.words;
    for (number, line) in (0..).zip(&way.lines) {
        text(svg, (x, y + LINE * number), line, &format!("font-size=\"12\" fill=\"{ink}\""));
    }
    if let Some(count) = arrow.count {
        let (x, y) = way.count;
        let style = format!(
            "font-size=\"12\" font-weight=\"bold\" fill=\"{}\"",
            if count == 0 { QUIET } else { COUNT }
        );
        text(svg, (x, y), &count.to_string(), &style);
    }
}

/// The head of an arrow that ends straight.
fn head(svg: &mut String, from: (i32, i32), to: (i32, i32), ink: &str) {
    let (along, across) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
    let back = (to.0 - 9 * along, to.1 - 9 * across);
    let (one, two) = ((back.0 + 5 * across, back.1 + 5 * along), (back.0 - 5 * across, back.1 - 5 * along));
    let _ = writeln!(
        svg,
        "<polygon points=\"{},{} {},{} {},{}\" fill=\"{ink}\"/>",
        to.0, to.1, one.0, one.1, two.0, two.1
    );
}

fn text(svg: &mut String, (x, y): (i32, i32), words: &str, style: &str) {
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" {style}>{}</text>", escaped(words));
}

/// What XML takes for text.
fn escaped(words: &str) -> String {
    let mut safe = String::new();
    for c in words.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
