//! Programs that must not compile: no query without a proven company.

#[test]
fn no_query_is_possible_without_a_scope() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
