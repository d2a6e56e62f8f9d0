//! What the contract's columns hold, and how each database writes that down.

use sea_orm_migration::prelude::*;

use super::super::Dialect;

/// A column's type, and whether it may be NULL.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// The key of another row.
    Ref,
    OptRef,
    Text(u32),
    OptText(u32),
    /// Text with a default.
    Term(u32, &'static str),
    OptLong,
    Int(i32),
    Money(i32),
    OptMoney,
    OptScore,
    Flag(bool),
    Instant,
    OptInstant,
    Day,
    Json,
    OptJson,
}
use Kind::{
    Day, Flag, Instant, Int, Json, Money, OptInstant, OptJson, OptLong, OptMoney, OptRef, OptScore, OptText, Ref, Term,
};

/// What values a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Whole,
    Text,
    Decimal,
    Flag,
    Instant,
    Day,
    Json,
}

impl Kind {
    pub(crate) fn family(self) -> Family {
        match self {
            Ref | OptRef | Int(_) => Family::Whole,
            Self::Text(_) | OptText(_) | Term(..) | OptLong => Family::Text,
            Money(_) | OptMoney | OptScore => Family::Decimal,
            Flag(_) => Family::Flag,
            Instant | OptInstant => Family::Instant,
            Day => Family::Day,
            Json | OptJson => Family::Json,
        }
    }

    pub(crate) fn is_nullable(self) -> bool {
        matches!(self, OptRef | OptText(_) | OptLong | OptMoney | OptScore | OptInstant | OptJson)
    }

    /// Whether a row that does not name the column gets a value all the same.
    pub(crate) fn has_default(self) -> bool {
        matches!(self, Term(..) | Int(_) | Money(_) | Flag(_))
    }
}

pub(super) fn reference(column: &mut ColumnDef, dialect: Dialect) -> &mut ColumnDef {
    match dialect {
        Dialect::MySql => column.big_unsigned(),
        Dialect::Sqlite | Dialect::Postgres => column.big_integer(),
    }
}

pub(crate) fn definition(name: &'static str, kind: Kind, dialect: Dialect) -> ColumnDef {
    let mut column = ColumnDef::new(Alias::new(name));
    match kind {
        Ref => reference(&mut column, dialect).not_null(),
        OptRef => reference(&mut column, dialect).null(),
        Kind::Text(length) => column.string_len(length).not_null(),
        OptText(length) => column.string_len(length).null(),
        Term(length, default) => column.string_len(length).not_null().default(default),
        OptLong => column.text().null(),
        Int(default) => column.integer().not_null().default(default),
        Money(default) => column.decimal_len(10, 2).not_null().default(default),
        OptMoney => column.decimal_len(10, 2).null(),
        OptScore => column.decimal_len(3, 1).null(),
        Flag(default) => column.boolean().not_null().default(default),
        Instant => column.date_time().not_null(),
        OptInstant => column.date_time().null(),
        Day => column.date().not_null(),
        Json => column.json().not_null(),
        OptJson => column.json().null(),
    };
    column
}
