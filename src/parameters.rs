//! Named parameters of samplers and schedules: declared once, checked wherever values come from.

use std::collections::BTreeMap;

use serde::de::value::{Error as NoOption, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

/// Most numbers of a list with one for each step, and most names of a list.
const MOST_NUMBERS: usize = 1000;
const MOST_NAMES: usize = 100;

/// One parameter's declaration.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Name in links, in JSON and in code.
    pub key: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// What it can be.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a parameter can be.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A number between two bounds.
    Number {
        /// Value when none is given.
        default: f64,
        /// Smallest allowed value.
        min: f64,
        /// Largest allowed value.
        max: f64,
        /// Whether factors matter rather than differences.
        log: bool,
    },
    /// A whole number between two bounds.
    Integer {
        /// Value when none is given.
        default: u32,
        /// Smallest allowed value.
        min: u32,
        /// Largest allowed value.
        max: u32,
    },
    /// One of a list.
    Choice {
        /// Value when none is given.
        default: &'static str,
        /// Everything it can be.
        options: &'static [Named],
    },
    /// A list of numbers, one for each step; computed by the sampler when empty.
    Numbers,
    /// Whole numbers, in rising order.
    Counts {
        /// Value when none is given.
        default: &'static [u32],
        /// Smallest allowed number.
        min: u32,
        /// Largest allowed number.
        max: u32,
    },
    /// Entries of one of the tables, by name or short name.
    Names {
        /// Value when none is given.
        default: &'static [&'static str],
        /// Which table.
        of: Listed,
    },
    /// A step grid with its parameters.
    Grid {
        /// Value when none is given.
        #[cfg_attr(test, ts(as = "Choice"))]
        default: FixedChoice,
    },
}

/// A table that a list of names speaks of.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// [`crate::sampler::TABLE`], and the short names of [`crate::sampler::short_names`].
    Samplers,
    /// [`crate::schedule::TABLE`].
    Grids,
}

/// A [`Choice`] that is known at compile time: a name, and those numbers that are not the defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedChoice(pub &'static str, pub &'static [(&'static str, f64)]);

impl Serialize for FixedChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Choice::new(self.0, self.1).serialize(serializer)
    }
}

/// An entry of a list.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Choice"))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Named {
    /// Name in links, in JSON and in code.
    pub value: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// One sentence.
    pub help: &'static str,
}

impl Named {
    /// The entries of `table` called `names`, in that order: lists that show a part of a table copy none of its words.
    ///
    /// # Panics
    /// When the table has no such entry; in a constant, the build then fails.
    pub const fn pick<const N: usize>(table: &[Named], names: [&str; N]) -> [Named; N] {
        let mut picked = [Named { value: "", label: "", help: "" }; N];
        let mut index = 0;
        while index < N {
            let mut at = 0;
            while !same(table[at].value, names[index]) {
                at += 1;
            }
            picked[index] = table[at];
            index += 1;
        }
        picked
    }
}

/// Equality of texts in constants.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}

/// An enum of options: beside each variant its name in links and in JSON, its label and its help, which `TABLE` lists in order.
macro_rules! options {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $($(#[$about:meta])* $variant:ident = ($value:literal, $label:literal, $help:literal $(,)?)),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $value)] $variant,)*
        }

        impl $name {
            /// Every option, in the order in which lists show them.
            pub const TABLE: &[$crate::parameters::Named] =
                &[$($crate::parameters::Named { value: $value, label: $label, help: $help }),*];
        }
    };
}

pub(crate) use options;

/// A parameter's value as it comes from outside.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ParameterValue"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, a text, a list of either, or an object with a name")]
pub enum Value {
    /// A number.
    Number(f64),
    /// The name of a choice.
    Text(String),
    /// Several numbers.
    Numbers(Vec<f64>),
    /// Names of several entries of a table.
    Names(Vec<String>),
    /// An entry of a table with its parameters.
    Choice(Choice),
}

/// Values by key; what is missing has its default.
pub type Values = BTreeMap<String, Value>;

/// An entry of a table and its parameters, in one flat object: `{"name": "ddim", "eta": 0.5}`.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Grid"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The entry's name.
    #[cfg_attr(test, ts(type = "GridName"))]
    pub name: String,
    /// Its parameters; what is missing has its default.
    #[serde(flatten)]
    pub parameters: Values,
}

impl Choice {
    /// The entry called `name` with the numbers given and all other parameters at their defaults.
    pub fn new(name: &str, numbers: &[(&str, f64)]) -> Self {
        let parameters = numbers.iter().map(|&(key, number)| (key.into(), Value::Number(number))).collect();
        Self { name: name.into(), parameters }
    }
}

/// Why values do not fit their declaration.
#[derive(Debug, Error, PartialEq)]
pub enum ParameterError {
    /// A key that was not declared.
    #[error("{owner} has no parameter “{key}”")]
    Unknown {
        /// The sampler or schedule.
        owner: String,
        /// The key given.
        key: String,
    },
    /// A value out of bounds or of another kind.
    #[error("{owner}: {key} must be {expected}")]
    Value {
        /// The sampler or schedule.
        owner: String,
        /// The parameter.
        key: &'static str,
        /// What is allowed, for people.
        expected: String,
    },
}

/// Values that fit their declaration.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    table: &'static [Parameter],
    values: &'a Values,
}

/// Checks `values` against `table`, in the name of `owner`.
///
/// # Errors
/// The first value that was not declared or is not allowed.
pub fn check<'a>(owner: &str, table: &'static [Parameter], values: &'a Values) -> Result<Checked<'a>, ParameterError> {
    for (key, value) in values {
        let Some(parameter) = table.iter().find(|parameter| parameter.key == key) else {
            return Err(ParameterError::Unknown { owner: owner.into(), key: key.clone() });
        };
        if !parameter.kind.allows(value) {
            let expected = parameter.kind.describe();
            return Err(ParameterError::Value { owner: owner.into(), key: parameter.key, expected });
        }
    }
    Ok(Checked { table, values })
}

impl Kind {
    fn allows(&self, value: &Value) -> bool {
        match (self, value) {
            (Kind::Number { min, max, .. }, Value::Number(number)) => (min..=max).contains(&number),
            (Kind::Integer { min, max, .. }, Value::Number(number)) => {
                number.fract() == 0.0 && (f64::from(*min)..=f64::from(*max)).contains(number)
            }
            (Kind::Choice { options, .. }, Value::Text(text)) => options.iter().any(|option| option.value == text),
            (Kind::Numbers, Value::Numbers(numbers)) => {
                numbers.len() <= MOST_NUMBERS && numbers.iter().all(|number| number.is_finite())
            }
            (Kind::Counts { min, max, .. }, Value::Numbers(numbers)) => {
                let within = |n: &f64| n.fract() == 0.0 && (f64::from(*min)..=f64::from(*max)).contains(n);
                !numbers.is_empty() && numbers.iter().all(within) && numbers.windows(2).all(|pair| pair[0] < pair[1])
            }
            // An empty list of names reads as one of numbers; both are none.
            (Kind::Names { .. }, Value::Names(names)) => (1..=MOST_NAMES).contains(&names.len()),
            (Kind::Grid { .. }, Value::Choice(_)) => true,
            _ => false,
        }
    }

    fn describe(&self) -> String {
        match self {
            Kind::Number { min, max, .. } => format!("a number from {min} to {max}"),
            Kind::Integer { min, max, .. } => format!("a whole number from {min} to {max}"),
            Kind::Choice { options, .. } => {
                format!("one of {}", options.iter().map(|option| option.value).collect::<Vec<_>>().join(", "))
            }
            Kind::Numbers => format!("a list of {MOST_NUMBERS} numbers at most"),
            Kind::Counts { min, max, .. } => format!("a rising list of whole numbers from {min} to {max}"),
            Kind::Names { of: Listed::Samplers, .. } => format!("a list of 1 to {MOST_NAMES} samplers"),
            Kind::Names { of: Listed::Grids, .. } => format!("a list of 1 to {MOST_NAMES} step grids"),
            Kind::Grid { .. } => "a step grid: an object with a name and parameters".into(),
        }
    }
}

impl Checked<'static> {
    /// The default of every parameter of `table`.
    pub fn defaults(table: &'static [Parameter]) -> Self {
        static NONE: Values = Values::new();
        Self { table, values: &NONE }
    }
}

impl Checked<'_> {
    fn kind(&self, key: &str) -> &'static Kind {
        &self.table.iter().find(|parameter| parameter.key == key).expect("a declared parameter").kind
    }

    /// A number or whole number.
    ///
    /// # Panics
    /// When `key` is not declared as one; so do the other getters.
    pub fn number(&self, key: &str) -> f64 {
        match (self.values.get(key), self.kind(key)) {
            (Some(Value::Number(number)), _) => *number,
            (None, Kind::Number { default, .. }) => *default,
            (None, Kind::Integer { default, .. }) => f64::from(*default),
            _ => panic!("{key} is no number"),
        }
    }

    /// A whole number.
    pub fn integer(&self, key: &str) -> usize {
        self.number(key) as usize
    }

    /// The name chosen.
    pub fn choice(&self, key: &str) -> &str {
        match (self.values.get(key), self.kind(key)) {
            (Some(Value::Text(text)), _) => text,
            (None, Kind::Choice { default, .. }) => default,
            _ => panic!("{key} is no choice"),
        }
    }

    /// The option chosen, of the enum whose table the declaration lists.
    ///
    /// # Panics
    /// When the enum is another.
    pub fn option<T: DeserializeOwned>(&self, key: &str) -> T {
        let name: StrDeserializer<'_, NoOption> = self.choice(key).into_deserializer();
        T::deserialize(name).expect("an option of the table declared")
    }

    /// Whether there is a parameter `key`.
    pub fn declares(&self, key: &str) -> bool {
        self.table.iter().any(|parameter| parameter.key == key)
    }

    /// The list given, or an empty one.
    pub fn numbers(&self, key: &str) -> &[f64] {
        match (self.values.get(key), self.kind(key)) {
            (Some(Value::Numbers(numbers)), _) => numbers,
            (None, Kind::Numbers) => &[],
            _ => panic!("{key} is no list"),
        }
    }

    /// The whole numbers given, rising.
    pub fn counts(&self, key: &str) -> Vec<usize> {
        match (self.values.get(key), self.kind(key)) {
            (Some(Value::Numbers(numbers)), _) => numbers.iter().map(|&number| number as usize).collect(),
            (None, Kind::Counts { default, .. }) => default.iter().map(|&number| number as usize).collect(),
            _ => panic!("{key} is no list of counts"),
        }
    }

    /// The names given.
    pub fn names(&self, key: &str) -> Vec<String> {
        match (self.values.get(key), self.kind(key)) {
            (Some(Value::Names(names)), _) => names.clone(),
            (None, Kind::Names { default, .. }) => default.iter().map(|&name| name.into()).collect(),
            _ => panic!("{key} is no list of names"),
        }
    }

    /// The step grid given.
    pub fn grid(&self, key: &str) -> Choice {
        match (self.values.get(key), self.kind(key)) {
            (Some(Value::Choice(choice)), _) => choice.clone(),
            (None, Kind::Grid { default }) => Choice::new(default.0, default.1),
            _ => panic!("{key} is no grid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Parameter] = &[
        Parameter {
            key: "eta",
            label: "",
            help: "",
            kind: Kind::Number { default: 0.5, min: 0.0, max: 1.0, log: false },
        },
        Parameter { key: "order", label: "", help: "", kind: Kind::Integer { default: 3, min: 1, max: 3 } },
    ];

    #[test]
    fn lists_pick_from_a_table() {
        const TABLE: &[Named] = &[
            Named { value: "a", label: "A", help: "" },
            Named { value: "ab", label: "AB", help: "" },
            Named { value: "b", label: "B", help: "" },
        ];
        const PICKED: [Named; 2] = Named::pick(TABLE, ["b", "ab"]);
        assert_eq!(PICKED.map(|named| named.label), ["B", "AB"]);
        assert!(std::panic::catch_unwind(|| Named::pick(TABLE, ["c"])).is_err());
    }

    #[test]
    fn values_are_checked_and_defaults_filled_in() {
        let values = |text: &str| -> Values { serde_json::from_str(text).expect("JSON") };
        let given = values(r#"{"eta": 1}"#);
        let checked = check("ddim", TABLE, &given).expect("good values");
        assert_eq!((checked.number("eta"), checked.integer("order")), (1.0, 3));
        let error = |text| check("ddim", TABLE, &values(text)).expect_err("a bad value").to_string();
        assert_eq!(error(r#"{"eta": 2}"#), "ddim: eta must be a number from 0 to 1");
        assert_eq!(error(r#"{"order": 1.5}"#), "ddim: order must be a whole number from 1 to 3");
        assert_eq!(error(r#"{"eta": "much"}"#), "ddim: eta must be a number from 0 to 1");
        assert_eq!(error(r#"{"zeta": 1}"#), "ddim has no parameter “zeta”");
    }
}
