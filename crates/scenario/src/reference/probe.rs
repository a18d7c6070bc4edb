//! A deserializer that has no data: it asks a type which fields it has and what each takes, by letting it read
//! something that fits.
//!
//! Invariant: what is told of a type is what its own code asks for. Must never know: which types there are.

use serde::de::value::{BorrowedStrDeserializer, Error};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::cell::RefCell;

/// What a type is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Content {
    /// Fields with what each takes; a word without any has none, one with values has them without names.
    Fields(Vec<(&'static str, String)>),
    /// Words with what each takes.
    Words(Vec<(&'static str, Self)>),
}

/// What is found of the type that is asked.
#[derive(Default)]
pub(super) struct Found {
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) words: &'static [&'static str],
}

/// One question.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// Where the answer goes.
    pub(super) found: &'a RefCell<Found>,
    /// Which word is followed.
    pub(super) word: usize,
    /// A field that is left out.
    pub(super) without: Option<&'a str>,
    /// A field, or the word itself if its name is empty, with the text that is read for it.
    pub(super) with: Option<(&'a str, &'a str)>,
}

/// A value of the type that is asked, of one of its fields, or deeper.
#[derive(Clone, Copy)]
pub(super) struct Probe<'a> {
    pub(super) asked: Question<'a>,
    /// 0 for the type itself, 1 for a field, 2 for what a field is made of.
    pub(super) depth: u8,
}

impl<'a> Probe<'a> {
    /// Says what the value of the last field is.
    fn say(self, what: &str) {
        if self.depth == 1
            && let Some((_, said)) = self.asked.found.borrow_mut().fields.last_mut()
        {
            said.push_str(what);
        }
    }

    fn deeper(self) -> Self {
        Self { depth: self.depth.max(1) + 1, ..self }
    }

    /// The value of a field of the type itself, or of what lies deeper.
    fn field<S: DeserializeSeed<'a>>(self, name: &'static str, seed: S) -> Result<S::Value, Error> {
        if self.depth > 0 {
            return seed.deserialize(self.deeper());
        }
        self.asked.found.borrow_mut().fields.push((name, String::new()));
        match self.asked.with {
            Some((wanted, text)) if wanted == name => read(text, seed),
            _ => seed.deserialize(Probe { depth: 1, ..self }),
        }
    }
}

/// The notation of scenario files.
fn options() -> ron::Options {
    ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
}

/// What a text is read as.
fn read<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, Error> {
    let failed = |error: String| <Error as serde::de::Error>::custom(error);
    let mut reader = ron::Deserializer::from_str_with_options(text, &options())
        .map_err(|error| failed(error.to_string()))?;
    seed.deserialize(&mut reader).map_err(|error| failed(error.to_string()))
}

impl<'de> Deserializer<'de> for Probe<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("anything");
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("`true` or `false`");
        visitor.visit_bool(false)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("whole number");
        visitor.visit_i64(0)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("whole number");
        visitor.visit_u64(0)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("number");
        visitor.visit_f64(0.0)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("text");
        visitor.visit_borrowed_str("")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("list of ");
        visitor.visit_seq(Items { probe: self, left: 1 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.say("group of values");
        visitor.visit_seq(Items { probe: self.deeper(), left: len })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("names, each with ");
        visitor.visit_map(Fields { probe: self, names: &["name"], value: "" })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.say(&link(name));
        let probe = if self.depth == 0 { self } else { self.deeper() };
        visitor.visit_map(Fields { probe, names: fields, value: "" })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.say(&unit(name).map_or_else(|| link(name), str::to_owned));
        let word = if self.depth == 0 { self.asked.word } else { 0 };
        if self.depth == 0 {
            self.asked.found.borrow_mut().words = variants;
        }
        let probe = if self.depth == 0 { self } else { self.deeper() };
        visitor.visit_enum(Word { probe, name: variants[word] })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 f32 char bytes byte_buf unit unit_struct newtype_struct tuple_struct identifier
    }
}

/// A unit that people write, in words; `None` if the type is none.
fn unit(name: &str) -> Option<&'static str> {
    match name {
        "Time" => Some("time"),
        "Percent" => Some("chance"),
        "Decibels" => Some("level, `dB(..)`"),
        "Power" => Some("power, `dBm(..)`"),
        "Length" => Some("length, `m(..)`"),
        "AdvertisingTime" => Some("time, or a preset"),
        _ => None,
    }
}

/// A type by the name of its section.
pub(super) fn link(name: &str) -> String {
    let name = section(name);
    format!("[{name}](#{})", name.to_lowercase())
}

/// The name of a type's section.
pub(super) fn section(name: &str) -> &str {
    name.strip_suffix("Spec").or_else(|| name.strip_suffix("Word")).unwrap_or(name)
}

struct Items<'a> {
    probe: Probe<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(self.probe).map(Some)
    }
}

struct Fields<'a> {
    probe: Probe<'a>,
    names: &'static [&'static str],
    value: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        while let Some((first, rest)) = self.names.split_first() {
            self.names = rest;
            if self.probe.depth == 0 && self.probe.asked.without == Some(first) {
                continue;
            }
            self.value = first;
            return seed.deserialize(BorrowedStrDeserializer::new(first)).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        if self.probe.depth == 1 {
            // The value that a name has in a map is of the same field.
            return seed.deserialize(self.probe);
        }
        self.probe.field(self.value, seed)
    }
}

struct Word<'a> {
    probe: Probe<'a>,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(BorrowedStrDeserializer::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        match self.probe.asked.with {
            Some(("", text)) if self.probe.depth == 0 => read(text, seed),
            _ => seed.deserialize(self.probe.deeper()),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        match self.probe.asked.with {
            Some(("", text)) if self.probe.depth == 0 => {
                let failed = |error: String| <Error as serde::de::Error>::custom(error);
                let mut reader = ron::Deserializer::from_str_with_options(text, &options())
                    .map_err(|error| failed(error.to_string()))?;
                reader.deserialize_tuple(len, visitor).map_err(|error| failed(error.to_string()))
            }
            _ => visitor.visit_seq(Items { probe: self.probe.deeper(), left: len }),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { probe: self.probe, names: fields, value: "" })
    }
}
