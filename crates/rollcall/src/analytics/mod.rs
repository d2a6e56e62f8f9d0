//! Pure functions over summaries: what the widgets count. No I/O.
