//! Where in a text the value of a path is: the parser itself is led there and made to stop.
//!
//! Invariant: the text has parsed before; a path that is not in it gives the deepest part of it that is.

use crate::source::Source;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// One step down into a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// A field of a struct or a key of a map.
    Field(String),
    /// The n-th element of a list or a tuple, counted from zero.
    Index(usize),
    /// The value of the n-th entry of a map, counted from zero: names may be there twice.
    Entry(usize),
}

/// The way from the whole file to a value.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Path(Vec<Step>);

impl Path {
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// The field `name` of it.
    pub(crate) fn field(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Field(name.to_owned()));
        Self(steps)
    }

    /// The element `index` of it, counted from zero.
    pub(crate) fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The value of its entry `index`, counted from zero.
    pub(crate) fn entry(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Entry(index));
        Self(steps)
    }
}

impl FromStr for Path {
    type Err = ();

    /// The inverse of how a path is written; an error if it is no path.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() {
                return Err(());
            }
            steps.push(Step::Field(name.to_owned()));
            while !rest.is_empty() {
                let (index, after) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or(())?;
                steps.push(Step::Index(index.parse().map_err(drop)?));
                rest = after;
            }
        }
        Ok(Self(steps))
    }
}

impl fmt::Display for Path {
    /// As `devices.lock.io` or `rules[0].do[2]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if place == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) | Step::Entry(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The options that every file is read with.
pub(crate) fn options() -> ron::Options {
    ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
}

/// The octets of the value at `path`, or of the deepest part of the path that is there.
pub(crate) fn locate(source: &Source, path: &Path) -> Range<usize> {
    for length in (0..=path.0.len()).rev() {
        let steps = &path.0[..length];
        if let (Some(start), Some(end)) = (stop(source, steps, false), stop(source, steps, true)) {
            return start..end.max(start);
        }
    }
    0..0
}

/// The octets of the value at `path`; `None` if it is not there.
pub(crate) fn locate_whole(source: &Source, path: &Path) -> Option<Range<usize>> {
    let (start, end) = (stop(source, &path.0, false)?, stop(source, &path.0, true)?);
    Some(start..end.max(start))
}

/// The offset where the parser is before or after the value, if it gets there.
fn stop(source: &Source, path: &[Step], after: bool) -> Option<usize> {
    let mut deserializer = ron::Deserializer::from_str_with_options(&source.text, &options()).ok()?;
    let error = Guide { path, after }.deserialize(&mut deserializer).err()?;
    let spanned = deserializer.span_error(error);
    (spanned.code == ron::Error::Message(HERE.to_owned())).then(|| source.offset(spanned.span.end))
}

/// What the parser is stopped with.
const HERE: &str = "here it is";

/// Leads a deserializer along a path.
struct Guide<'a> {
    path: &'a [Step],
    after: bool,
}

impl Guide<'_> {
    fn further(&self) -> Self {
        Self { path: &self.path[1..], after: self.after }
    }
}

impl<'de> DeserializeSeed<'de> for Guide<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if !self.path.is_empty() {
            return deserializer.deserialize_any(self);
        }
        if self.after {
            deserializer.deserialize_ignored_any(IgnoredAny)?;
        }
        Err(D::Error::custom(HERE))
    }
}

impl<'de> Visitor<'de> for Guide<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut entry = 0;
        while let Some(key) = map.next_key::<String>()? {
            let here = match &self.path[0] {
                Step::Field(name) => *name == key,
                Step::Entry(index) => *index == entry,
                Step::Index(_) => false,
            };
            if here {
                map.next_value_seed(self.further())?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            entry += 1;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for index in 0.. {
            let more = if self.path[0] == Step::Index(index) {
                seq.next_element_seed(self.further())?.is_some()
            } else {
                seq.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}
