// An operator is proven by a user.
//~ error[E0451]: field `actor` of struct `OperatorScope` is private
fn main() {
    let _ = rollcall::tenant::OperatorScope { actor: String::from("me") };
}
