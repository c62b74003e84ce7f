//! The mergeable summary of the values seen at one place of messages, and of all places below it.
//!
//! A [`Node`] is a commutative monoid: counts add, ranges widen, sketches keep the smallest keyed hashes. The order of
//! observations never shows (the domain: `nodes_max` not hit, which is counted).

use crate::Cx;
use crate::classes::{ClassCounts, KeyHint, classify_email, classify_number, classify_text};
use crate::format::{Format, FormatCounts};
use crate::format_of::look;
use crate::kind::Kind;
use crate::limits::Limits;
use crate::name_head::NameHead;
use crate::public::is_public_value;
use crate::repeats::Repeats;
use crate::sketch::{Counted, Values};

/// What a key says that makes a text of any form worth a look for data classes.
pub(crate) const CLASS_TOPICS: u32 = KeyHint::CARD
    | KeyHint::CARD_VERIFICATION
    | KeyHint::TRACK
    | KeyHint::IBAN
    | KeyHint::US_SSN
    | KeyHint::IP
    | KeyHint::MAC
    | KeyHint::PHONE
    | KeyHint::EMAIL
    | KeyHint::PERSON_NAME
    | KeyHint::POSTAL_ADDRESS
    | KeyHint::BIRTH
    | KeyHint::LOCATION
    | KeyHint::PASSWORD
    | KeyHint::SECRET;

/// Counts and sketches of one place, with its children.
///
/// A value that was cut off is not counted, its complete parts are: so below a cut body a child can have more `seen` than its
/// parent has `objects`.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Values seen here, null included: the sum of the seven counts that follow.
    pub seen: u64,
    /// JSON null.
    pub nulls: u64,
    /// `true` or `false`.
    pub booleans: u64,
    /// Numbers without fraction (untyped text such as a query value counts here when it is a plain integer).
    pub integers: u64,
    /// Other numbers.
    pub numbers: u64,
    /// Text.
    pub strings: u64,
    /// Arrays.
    pub arrays: u64,
    /// Objects.
    pub objects: u64,
    /// Smallest and largest number, where any was seen.
    pub number_range: Option<(f64, f64)>,
    /// Shortest and longest text in code points, where any was seen.
    pub length_range: Option<(u32, u32)>,
    /// Fewest and most items, where any array was seen.
    pub items_range: Option<(u32, u32)>,
    /// How many texts had which format.
    pub formats: FormatCounts,
    /// How many values passed as which data class, on value and key evidence.
    pub classes: ClassCounts,
    /// Distinct scalar values: smallest keyed hashes with counts, and text where it is public.
    pub values: Values,
    /// Children of objects by public name, or by `{class}` for names that look like values. Sorted at read time only.
    pub fields: Vec<Field>,
    /// Field values whose name did not fit into `fields` (bottom-k by the hash of the name), a count without structure.
    pub fields_folded: u64,
    /// All items of all arrays.
    pub items: Option<Box<Node>>,
    /// Of the items of arrays: those that came again and are not counted yet.
    pub(crate) repeats: Option<Box<Repeats>>,
    /// Nodes below; kept up to date at roots only.
    pub(crate) nodes_below: u32,
}

/// A named child.
#[derive(Clone, Debug)]
pub struct Field {
    /// As it crosses the privacy boundary: `isPublicName` holds, or `{class}`.
    pub name: Box<str>,
    /// Priority hash of the name, unkeyed: what stays when there are too many.
    pub priority: u64,
    /// What the name says about its values.
    pub hint: KeyHint,
    /// The summary.
    pub node: Node,
    /// The name's first bytes, compared without a look at the name itself.
    pub(crate) head: NameHead,
    /// Whether the name is a `{class}`, which many names share.
    pub(crate) is_class: bool,
}

impl Node {
    /// Nothing seen.
    pub fn new(limits: &Limits) -> Node {
        let values = if limits.is_sampled { Values::sample(limits.values_max) } else { Values::closed(limits.values_max) };
        Node { values, ..Node::default() }
    }

    /// Counts a null.
    #[inline]
    pub fn observe_null(&mut self) {
        self.seen += 1;
        self.nulls += 1;
    }

    /// Counts `true` or `false`; which one is not kept.
    #[inline]
    pub fn observe_boolean(&mut self) {
        self.seen += 1;
        self.booleans += 1;
    }

    /// Counts a number without fraction or exponent; `text` is how it was written.
    #[inline]
    pub fn observe_integer(&mut self, text: &[u8], value: f64, hint: &KeyHint, cx: &mut Cx) {
        self.integers += 1;
        self.observe_numeric(text, value, hint, cx);
    }

    /// Counts another number.
    #[inline]
    pub fn observe_number(&mut self, text: &[u8], value: f64, hint: &KeyHint, cx: &mut Cx) {
        self.numbers += 1;
        self.observe_numeric(text, value, hint, cx);
    }

    /// Counts a text (decoded, any bytes).
    pub fn observe_text(&mut self, text: &[u8], hint: &KeyHint, cx: &mut Cx) {
        self.observe_text_of_length(text, code_points(text), hint, cx);
    }

    /// Counts a text of known length.
    #[inline]
    pub(crate) fn observe_text_of_length(&mut self, text: &[u8], length: u32, hint: &KeyHint, cx: &mut Cx) {
        self.seen += 1;
        self.strings += 1;
        widen(&mut self.length_range, length);
        let kind = if self.values.is_forgotten() {
            self.learn_text(Counted::Left, 0, text, hint, cx.limits)
        } else {
            let hash = cx.hash.hash(text);
            match self.values.count(hash) {
                Counted::Known { note, .. } if Kind(note).is_of_text() => Kind(note),
                counted => self.learn_text(counted, hash, text, hint, cx.limits),
            }
        };
        if let Some(format) = kind.format() {
            self.formats.add(format, 1);
        }
        self.count_class(kind, cx);
    }

    /// Counts bytes without looking into them, such as a file of a form.
    pub fn observe_binary(&mut self, size_bytes: usize) {
        self.seen += 1;
        self.strings += 1;
        widen(&mut self.length_range, u32::try_from(size_bytes).unwrap_or(u32::MAX));
        self.formats.add(Format::Binary, 1);
    }

    /// Counts a text of which nothing but its data class is kept.
    pub(crate) fn observe_secret(&mut self, text: &[u8], hint: &KeyHint, cx: &mut Cx) {
        self.seen += 1;
        self.strings += 1;
        if let Some(class) = classify_text(head(text, cx.limits), hint) {
            self.classes.add(class, 1);
            cx.classes.insert(class);
        }
    }

    /// Counts an array that has ended.
    #[inline]
    pub(crate) fn observe_array(&mut self, items: u32) {
        self.seen += 1;
        self.arrays += 1;
        widen(&mut self.items_range, items);
    }

    /// Counts an array whose items were not looked at.
    pub(crate) fn observe_array_of_unknown_length(&mut self) {
        self.seen += 1;
        self.arrays += 1;
    }

    /// Counts an object that has ended.
    #[inline]
    pub fn observe_object(&mut self) {
        self.seen += 1;
        self.objects += 1;
    }

    /// Whether nothing at all is known: not even a part of a value that was cut off.
    pub fn is_empty(&self) -> bool {
        self.seen == 0 && self.fields_folded == 0 && self.fields.is_empty() && self.items.is_none()
    }

    /// Adds all of `other`, as if its values had been observed here.
    pub fn merge(&mut self, other: Node, limits: &Limits) {
        self.seen += other.seen;
        self.nulls += other.nulls;
        self.booleans += other.booleans;
        self.integers += other.integers;
        self.numbers += other.numbers;
        self.strings += other.strings;
        self.arrays += other.arrays;
        self.objects += other.objects;
        join(&mut self.number_range, other.number_range);
        join(&mut self.length_range, other.length_range);
        join(&mut self.items_range, other.items_range);
        self.formats.merge(&other.formats);
        self.classes.merge(&other.classes);
        self.values.merge(&other.values);
        self.merge_fields(other.fields, limits);
        self.fields_folded += other.fields_folded;
        match (&mut self.items, other.items) {
            (Some(items), Some(more)) => items.merge(*more, limits),
            (items @ None, more) => *items = more,
            (Some(_), None) => {}
        }
        self.nodes_below = self.count_below();
    }

    #[inline]
    fn observe_numeric(&mut self, text: &[u8], value: f64, hint: &KeyHint, cx: &mut Cx) {
        self.seen += 1;
        // Adding 0 makes 0 of -0, or the order of the two would show.
        widen(&mut self.number_range, value.clamp(f64::MIN, f64::MAX) + 0.0);
        if !self.values.is_sample() {
            return self.count_class(Kind::of_number(classify_number(text, hint)), cx);
        }
        let hash = cx.hash.hash(text);
        let kind = match self.values.count(hash) {
            Counted::Known { note, .. } if Kind(note).is_of_number() => Kind(note),
            counted => {
                let kind = Kind::of_number(classify_number(text, hint));
                if let Counted::New { at } = counted {
                    self.values.add(at, hash, kind.0, None);
                }
                kind
            }
        };
        self.count_class(kind, cx);
    }

    /// What a text is that is new here, or was only seen as a number. A text's note and text win over a number's, in any order.
    fn learn_text(&mut self, counted: Counted, hash: u64, text: &[u8], hint: &KeyHint, limits: &Limits) -> Kind {
        let look = look(text);
        let is_settled = look.is_no_class && !hint.says(CLASS_TOPICS);
        let class = match look.format {
            _ if is_settled => None,
            Some(Format::Email) => classify_email(head(text, limits), hint),
            _ => classify_text(head(text, limits), hint),
        };
        let kind = Kind::of_text(look.format, class);
        let public = || is_public_value(hint, text).then_some(text);
        match counted {
            Counted::Known { at, .. } => self.values.annotate(at, kind.0, public()),
            Counted::New { at } => self.values.add(at, hash, kind.0, public()),
            Counted::Left => {}
        }
        kind
    }

    #[inline]
    fn count_class(&mut self, kind: Kind, cx: &mut Cx) {
        if let Some(class) = kind.class() {
            self.classes.add(class, 1);
            cx.classes.insert(class);
        }
    }
}

/// The part of a text that data classes are looked for in.
pub(crate) fn head<'t>(text: &'t [u8], limits: &Limits) -> &'t [u8] {
    &text[..text.len().min(limits.class_bytes_max)]
}

/// Code points of a text; bytes that are not UTF-8 count one unless they continue a sequence.
pub(crate) fn code_points(text: &[u8]) -> u32 {
    let continued = text.iter().filter(|byte| **byte & 0xc0 == 0x80).count();
    u32::try_from(text.len() - continued).unwrap_or(u32::MAX)
}

#[inline]
fn widen<T: PartialOrd + Copy>(range: &mut Option<(T, T)>, value: T) {
    match range {
        Some((min, max)) => {
            if value < *min {
                *min = value;
            }
            if value > *max {
                *max = value;
            }
        }
        None => *range = Some((value, value)),
    }
}

fn join<T: PartialOrd + Copy>(range: &mut Option<(T, T)>, other: Option<(T, T)>) {
    if let Some((min, max)) = other {
        widen(range, min);
        widen(range, max);
    }
}
