//! The examples run to their ends.

#[path = "../examples/compare_samplers.rs"]
mod compare_samplers;
#[path = "../examples/digits.rs"]
mod digits;
#[path = "../examples/train_and_sample.rs"]
mod train_and_sample;

#[test]
fn compare_samplers() {
    compare_samplers::main().expect("a table");
}

#[test]
fn digits() {
    digits::main().expect("two digits");
}

#[test]
fn train_and_sample() {
    train_and_sample::main().expect("points");
}
