//! From the text of a mapping to one that fits a file: what a mapping must have, and where its columns are.

use super::mapping::{Choice, Instant, Mapping};
use super::template::Template;

/// A mapping that cannot be used. The message names the key and, where it can, the line.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It is no TOML, or not of a mapping's shape.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A key is missing or contradicts another.
    #[error("{0}")]
    Shape(&'static str),
    /// It speaks of a column that the file does not have, or has twice.
    #[error("line {line} of the mapping, {key} = \"{template}\": {problem}; it has {header}")]
    Column {
        /// The line on which the template stands.
        line: usize,
        /// The key whose value names the column.
        key: &'static str,
        /// The value.
        template: String,
        /// What is wrong with it.
        problem: String,
        /// The file's columns.
        header: String,
    },
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// [`MappingError`]; its text names the key and shows the line.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let mut mapping: Self = toml::from_str(text)?;
        text.clone_into(&mut mapping.text);
        if mapping.file.dates.is_empty() {
            return Err(MappingError::Shape(
                "file.dates is empty: name at least one pattern, such as `%Y-%m-%d %H:%M`",
            ));
        }
        let appointment = &mapping.appointment;
        if appointment.ends_at.is_none() && appointment.duration_minutes.is_none() && mapping.service.is_none() {
            return Err(MappingError::Shape(
                "nothing says how long an appointment takes: appointment.ends_at, appointment.duration_minutes, \
                 or a [service] with duration_minutes",
            ));
        }
        let keys = [("appointment.key", &appointment.key), ("customer.key", &mapping.customer.key)];
        for (name, key) in keys {
            if !key.has_columns() {
                return Err(MappingError::Shape(match name {
                    "customer.key" => "customer.key names no {column}: all rows would be one customer",
                    _ => "appointment.key names no {column}: all rows would be one appointment",
                }));
            }
        }
        Ok(mapping)
    }

    /// The same mapping with its columns looked up in `header`.
    ///
    /// # Errors
    /// [`MappingError::Column`].
    pub(super) fn bind(&self, header: &[String]) -> Result<Self, MappingError> {
        let mut bound = self.clone();
        let missing = |key, template: String, problem| MappingError::Column {
            line: self.line_of(&template),
            key,
            template,
            problem,
            header: header.join(", "),
        };
        for (key, template) in bound.templates() {
            let shown = template.to_string();
            template.bind(header).map_err(|problem| missing(key, shown, problem))?;
        }
        if let Some(name) = self.columns.keys().find(|name| !header.contains(name)) {
            let problem = format!("the file has no column `{name}`");
            return Err(missing("columns", name.clone(), problem));
        }
        Ok(bound)
    }

    /// The line of the mapping on which `template` stands, from 1.
    fn line_of(&self, template: &str) -> usize {
        self.text.lines().position(|line| line.contains(template)).map_or(1, |index| index + 1)
    }

    fn templates(&mut self) -> impl Iterator<Item = (&'static str, &mut Template)> {
        let customer = &mut self.customer;
        let mut all = vec![
            ("customer.key", Some(&mut customer.key)),
            ("customer.name", Some(&mut customer.name)),
            ("customer.email", customer.email.as_mut()),
            ("customer.phone", customer.phone.as_mut()),
            ("customer.journey_status", chosen(customer.journey_status.as_mut())),
        ];
        if let Some(branch) = &mut self.branch {
            all.extend([("branch.key", Some(&mut branch.key)), ("branch.name", Some(&mut branch.name))]);
            all.push(("branch.city", branch.city.as_mut()));
        }
        if let Some(staff) = &mut self.staff {
            all.extend([("staff.key", Some(&mut staff.key)), ("staff.name", Some(&mut staff.name))]);
            all.push(("staff.email", staff.email.as_mut()));
        }
        if let Some(service) = &mut self.service {
            all.extend([("service.key", Some(&mut service.key)), ("service.name", Some(&mut service.name))]);
            all.push(("service.duration_minutes", Some(&mut service.duration_minutes)));
            all.push(("service.price", service.price.as_mut()));
        }
        let appointment = &mut self.appointment;
        all.extend([
            ("appointment.key", Some(&mut appointment.key)),
            ("appointment.starts_at", Some(&mut appointment.starts_at.value)),
            ("appointment.ends_at", read(appointment.ends_at.as_mut())),
            ("appointment.duration_minutes", appointment.duration_minutes.as_mut()),
            ("appointment.booked_at", read(appointment.booked_at.as_mut())),
            ("appointment.status", chosen(Some(&mut appointment.status))),
            ("appointment.price", appointment.price.as_mut()),
        ]);
        for reminder in &mut self.reminders {
            all.extend([
                ("reminder.when", reminder.when.as_mut().map(|when| &mut when.value)),
                ("reminder.channel", chosen(Some(&mut reminder.channel))),
                ("reminder.status", chosen(reminder.status.as_mut())),
                ("reminder.recipient", Some(&mut reminder.recipient)),
                ("reminder.sent_at", read(reminder.sent_at.as_mut())),
            ]);
        }
        all.into_iter().filter_map(|(key, template)| template.map(|template| (key, template)))
    }
}

fn chosen<T>(choice: Option<&mut Choice<T>>) -> Option<&mut Template> {
    match choice {
        Some(Choice::By(by)) => Some(&mut by.value),
        _ => None,
    }
}

fn read(instant: Option<&mut Instant>) -> Option<&mut Template> {
    instant.map(|instant| &mut instant.value)
}
