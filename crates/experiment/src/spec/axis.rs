//! What is swept: fields with their values.

use super::source::Source;
use super::values::{same, values};
use super::{Faults, Field, FieldError};
use crate::yaml::Step;
use serde_json::{Map, Value};

/// The key under which fields stand that go together.
const ZIP: &str = "zip";

/// Fields that are swept together: one, or several whose first values go together, whose second
/// values go together, and so on.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The fields, all with equally many values.
    pub columns: Vec<Column>,
}

/// One swept field with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The field as the file names it (`cell`).
    pub key: String,
    /// The field (`model.cell`).
    pub field: Field,
    /// Its values, in the file's order.
    pub values: Vec<Value>,
    /// Where they stand in the file.
    place: Vec<Step>,
    /// They are written out there, not given by a rule.
    listed: bool,
}

impl Axis {
    /// How many values each field has.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// Nothing is swept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first two rows that are the same.
    fn repeated(&self) -> Option<usize> {
        let alike = |first: usize, second: usize| {
            self.columns.iter().all(|column| same(&column.values[first], &column.values[second]))
        };
        (1..self.len()).find(|&second| (0..second).any(|first| alike(first, second)))
    }
}

impl Column {
    /// Where its name stands in the file.
    pub fn key_place(&self) -> Vec<Step> {
        self.place.clone()
    }

    /// Where value `item` stands in the file.
    pub fn place(&self, item: usize) -> Vec<Step> {
        let mut place = self.place.clone();
        place.extend(self.listed.then_some(Step::Item(item)));
        place
    }
}

/// Reads the file's `sweep`; what is at fault is left out and told.
pub(super) fn axes(sweep: &Map<String, Value>, source: &Source, faults: &mut Faults) -> Vec<Axis> {
    let top = vec![Step::Key("sweep".to_owned())];
    // Taken away on the command line, axis by axis, it is one run that is left.
    if sweep.is_empty() && !source.overrides().iter().any(|set| set.is_within("sweep")) {
        faults.add(source.error(&top, "the sweep is empty; name at least one field with a list of values, or leave `sweep` out"));
    }
    let mut axes: Vec<Axis> = Vec::new();
    for (key, given) in sweep {
        if key != ZIP {
            let column = column(&top, key, given, &axes, source, faults);
            axes.extend(column.map(|column| Axis { columns: vec![column] }));
            continue;
        }
        let place = under(&top, ZIP);
        let groups = match given {
            Value::Object(fields) => vec![(place, fields)],
            Value::Array(groups) if groups.iter().all(Value::is_object) => {
                let place = |k: usize| [&place[..], &[Step::Item(k)]].concat();
                let fields = groups.iter().filter_map(Value::as_object);
                fields.enumerate().map(|(k, fields)| (place(k), fields)).collect()
            }
            _ => {
                faults.add(source.error(&place, "fields that go together are a mapping of fields to their values, or a list of such mappings"));
                continue;
            }
        };
        for (place, fields) in groups {
            zipped(&place, fields, &mut axes, source, faults);
        }
    }
    for axis in &axes {
        if let (Some(second), [column, ..]) = (axis.repeated(), &axis.columns[..]) {
            let value = &column.values[second];
            let problem = match column.listed {
                true => format!("{value} is given twice; every value may stand once"),
                false => format!(
                    "the rule gives {value} twice; fewer values or a wider range are allowed"
                ),
            };
            faults.add(source.error(&column.place(second), problem));
        }
    }
    axes
}

/// Adds an axis of fields that go together.
fn zipped(
    place: &[Step],
    fields: &Map<String, Value>,
    axes: &mut Vec<Axis>,
    source: &Source,
    faults: &mut Faults,
) {
    let mut axis = Axis { columns: Vec::new() };
    for (key, given) in fields {
        // A field must differ from those of this axis, too.
        let before: Vec<Axis> = axes.iter().chain([&axis]).cloned().collect();
        let Some(column) = column(place, key, given, &before, source, faults) else { continue };
        match axis.columns.first() {
            Some(first) if first.values.len() != column.values.len() => {
                let (ours, theirs) = (column.values.len(), first.values.len());
                let problem = format!(
                    "fields that go together need equally many values; this one has {ours}, `{}` has {theirs}",
                    first.key
                );
                faults.add(source.error(&column.place, problem));
            }
            _ => axis.columns.push(column),
        }
    }
    if !axis.columns.is_empty() {
        axes.push(axis);
    }
}

fn column(
    around: &[Step],
    key: &str,
    given: &Value,
    before: &[Axis],
    source: &Source,
    faults: &mut Faults,
) -> Option<Column> {
    let place = under(around, key);
    let field = faults.keep(Field::parse(key).map_err(|problem| source.key_error(&place, problem)));
    let values = match values(&field.as_ref().map_or(key.to_owned(), Field::to_string), given) {
        Ok(values) => Some(values),
        Err(errors) => {
            for FieldError { path, problem, key } in errors {
                let path = [&place[..], &path].concat();
                faults.add(match key {
                    true => source.key_error(&path, problem),
                    false => source.error(&path, problem),
                });
            }
            None
        }
    };
    let (field, values) = (field?, values?);
    let mut columns = before.iter().flat_map(|axis| &axis.columns);
    if let Some(other) = columns.find(|column| column.field.overlaps(&field)) {
        let problem = format!("this field is already swept by `{}`; sweep it once", other.key);
        faults.add(source.key_error(&place, problem));
        return None;
    }
    let listed = given.is_array();
    Some(Column { key: key.to_owned(), field, values, place, listed })
}

fn under(around: &[Step], key: &str) -> Vec<Step> {
    [around, &[Step::Key(key.to_owned())]].concat()
}
