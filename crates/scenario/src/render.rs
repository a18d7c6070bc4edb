//! Problems as a person reads them: the line, a mark under it, the rule, and what to write instead.

use crate::problem::{Problem, Problems, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

/// Columns that a message is cut to where a line of the file is longer.
const WIDTH: usize = 120;

impl Problems {
    /// All of them in the style of rustc, each ended by an empty line.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(WIDTH);
        let mut out = String::new();
        for problem in self {
            out.push_str(&renderer.render(&report(problem)));
            out.push_str("\n\n");
        }
        let errors = self.iter().filter(|problem| problem.severity == Severity::Error).count();
        if errors > 1 {
            let title = Level::ERROR.primary_title(format!("{errors} problems"));
            out.push_str(&renderer.render(&[Group::with_title(title)]));
            out.push('\n');
        }
        out
    }
}

fn report(problem: &Problem) -> Vec<Group<'_>> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(problem.title.as_str()).id(problem.code);
    let mut main = match &problem.place {
        Some(place) => {
            let mark = AnnotationKind::Primary.span(place.span.clone());
            let mark = if problem.label.is_empty() { mark } else { mark.label(problem.label.as_str()) };
            let snippet = Snippet::source(place.source.text.as_str()).path(problem.file.as_str());
            title.element(snippet.annotation(mark))
        }
        None => title.element(annotate_snippets::Origin::path(problem.file.as_str())),
    };
    for note in &problem.notes {
        main = main.element(Level::NOTE.message(note.as_str()));
    }
    let mut groups = Vec::new();
    match &problem.help {
        Some(help) => match (&help.patch, &problem.place) {
            (Some((span, replacement)), Some(place)) => {
                let snippet = Snippet::source(place.source.text.as_str())
                    .patch(Patch::new(span.clone(), replacement.as_str()));
                groups.push(main);
                groups.push(Level::HELP.secondary_title(help.text.as_str()).element(snippet));
            }
            _ => groups.push(main.element(Level::HELP.message(help.text.as_str()))),
        },
        None => groups.push(main),
    }
    groups
}
