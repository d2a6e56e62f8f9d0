// Entering a company without looking it up is the crate's own shortcut.
//~ error[E0624]: method `enter_known` is private
fn main() {
    let _ = rollcall::tenant::OperatorScope::of_program("test").enter_known(42);
}
