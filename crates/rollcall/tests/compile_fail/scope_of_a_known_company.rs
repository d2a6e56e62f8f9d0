// Entering a company without looking it up is the crate's own shortcut.
fn main() {
    let _ = rollcall::tenant::OperatorScope::of_program("test").enter_known(42);
}
