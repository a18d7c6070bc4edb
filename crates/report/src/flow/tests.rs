//! Pictures of built-in policies: whole, the same every time, and without a word outside a box.

use super::*;
use blesim_scenario::policy::{BuiltIn, builtin, load};

fn picture(name: &str) -> Picture {
    Picture::of(&load(name, &BuiltIn).unwrap().unwrap().program)
}

/// Every box of every built-in policy stands inside the picture, apart from all others, and every arrow has a way.
#[test]
fn boxes_stand_apart() {
    for (name, _) in builtin() {
        let picture = picture(name);
        let plan = Plan::of(&picture, 2);
        let boxes: Vec<Box> = picture.nodes.iter().map(|node| plan.node(node.spot).unwrap()).collect();
        for (index, one) in boxes.iter().enumerate() {
            assert!(one.x >= 0 && one.x + one.width <= WIDTH && one.y + one.height <= plan.height, "{name}");
            for other in &boxes[..index] {
                let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
                let above = one.y + one.height <= other.y || other.y + other.height <= one.y;
                assert!(beside || above, "{name}: {one:?} {other:?}");
            }
        }
        assert!(picture.arrows.iter().all(|arrow| plan.way(arrow).is_some()), "{name}");
    }
}

/// The document, without and with counts; an arrow that was never taken is dashed.
#[test]
fn documents_are_as_promised() {
    let mut picture = picture("android-16");
    insta::assert_snapshot!("flow", write_svg(&picture, "a policy"));
    let counts = [((Spot::Attempt, Spot::Failure), 3), ((Spot::Failure, Spot::Secured), 1)];
    assert_eq!(picture.count(&counts), [counts[1]], "no arrow joins these two");
    let svg = write_svg(&picture, "<&\">");
    assert!(
        svg.contains(">3</text>") && svg.contains("stroke-dasharray") && svg.contains("&lt;&amp;&quot;&gt;")
    );
}
