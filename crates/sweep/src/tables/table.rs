//! Rows as structs, tables as polars frames, one declaration for both.

use crate::records::RunState;
use data::Split;
use experiment::plan::Axes;
use experiment::role::Role;
use polars::prelude::*;
use train::{Metric, Phase};

/// A type that can stand in a column.
pub trait Value: Sized {
    /// Its name in column lists.
    const KIND: &'static str;

    /// The values as a column.
    fn column(name: &str, values: Vec<Self>) -> Column;

    /// The column's values.
    fn values(column: &Column) -> PolarsResult<Vec<Self>>;
}

/// A row of a table.
pub trait Row: Sized {
    /// The table's name: that of its files.
    const TABLE: &'static str;

    /// What a row is.
    const DOC: &'static str;

    /// Name, kind and meaning of every column.
    const COLUMNS: &'static [(&'static str, &'static str, &'static str)];

    /// The rows as a frame.
    fn to_frame(rows: &[Self]) -> PolarsResult<DataFrame>;

    /// The frame's rows.
    fn from_frame(frame: &DataFrame) -> PolarsResult<Vec<Self>>;
}

/// Declares a row: a struct whose fields, with their documentation, are the table's columns.
macro_rules! row {
    ($(#[doc = $table_doc:literal])+ $name:ident in $table:literal { $($(#[doc = $doc:literal])+ $field:ident: $kind:ty,)+ }) => {
        $(#[doc = $table_doc])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $kind,)+
        }

        impl $crate::tables::Row for $name {
            const TABLE: &'static str = $table;
            const DOC: &'static str = concat!($($table_doc),+);
            const COLUMNS: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($field), <$kind as $crate::tables::Value>::KIND, concat!($($doc),+)),)+];

            fn to_frame(rows: &[Self]) -> polars::prelude::PolarsResult<polars::prelude::DataFrame> {
                polars::prelude::DataFrame::new(rows.len(), vec![
                    $(<$kind as $crate::tables::Value>::column(stringify!($field), rows.iter().map(|row| row.$field.clone()).collect()),)+
                ])
            }

            fn from_frame(frame: &polars::prelude::DataFrame) -> polars::prelude::PolarsResult<Vec<Self>> {
                $(let mut $field = <$kind as $crate::tables::Value>::values(
                    frame.column(stringify!($field))?)?.into_iter();)+
                // All columns of a frame are equally long.
                Ok(std::iter::from_fn(|| Some(Self { $($field: $field.next()?,)+ })).collect())
            }
        }
    };
}
pub(crate) use row;

macro_rules! value {
    ($kind:ty, $name:literal, $chunked:ty, $read:ident, $convert:expr) => {
        impl Value for $kind {
            const KIND: &'static str = $name;

            fn column(name: &str, values: Vec<Self>) -> Column {
                values.into_iter().map(Some).collect::<$chunked>().with_name(name.into()).into_column()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                let missing = || polars_err!(ComputeError: "column {} has an empty cell", column.name());
                column.$read()?.iter().map(|value| value.map($convert).ok_or_else(missing)).collect()
            }
        }

        impl Value for Option<$kind> {
            const KIND: &'static str = concat!($name, " or empty");

            fn column(name: &str, values: Vec<Self>) -> Column {
                values.into_iter().collect::<$chunked>().with_name(name.into()).into_column()
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                Ok(column.$read()?.iter().map(|value| value.map($convert)).collect())
            }
        }
    };
}

value!(String, "text", StringChunked, str, str::to_owned);
value!(u64, "whole number", UInt64Chunked, u64, std::convert::identity);
value!(f64, "number", Float64Chunked, f64, std::convert::identity);

/// A type whose values have names, as text.
macro_rules! named {
    ($($kind:ty),+) => {
        $(impl Value for $kind {
            const KIND: &'static str = "text";

            fn column(name: &str, values: Vec<Self>) -> Column {
                String::column(name, values.into_iter().map(|value| value.name().to_owned()).collect())
            }

            fn values(column: &Column) -> PolarsResult<Vec<Self>> {
                let value = |name: String| {
                    Self::named(&name)
                        .ok_or_else(|| polars_err!(ComputeError: "{name} in column {} is not known", column.name()))
                };
                String::values(column)?.into_iter().map(value).collect()
            }
        })+
    };
}

named!(Role, RunState, Phase, Split, Metric);

/// Swept values, as JSON.
impl Value for Axes {
    const KIND: &'static str = "text";

    fn column(name: &str, values: Vec<Self>) -> Column {
        let text = |axes| serde_json::Value::Object(axes).to_string();
        String::column(name, values.into_iter().map(text).collect())
    }

    fn values(column: &Column) -> PolarsResult<Vec<Self>> {
        let axes = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| polars_err!(ComputeError: "column {}: {error}", column.name()))
        };
        String::values(column)?.into_iter().map(axes).collect()
    }
}
