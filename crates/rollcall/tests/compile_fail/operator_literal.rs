// An operator is proven by a user.
fn main() {
    let _ = rollcall::tenant::OperatorScope { actor: String::from("me") };
}
