
// The gradient of a convolution's input is a convolution with each window turned upside down.
fn spread_at(row: u32, k: u32) -> f32 {
    if (row >= info.rows || k >= info.spread) {
        return 0.0;
    }
    return pull_at(neighbour(row, k / info.channels), k % info.channels, info.rows);
}

fn turned_at(k: u32, column: u32) -> f32 {
    if (k >= info.spread || column >= info.inputs) {
        return 0.0;
    }
    return weight_at((8u - k / info.channels) * info.channels + column, k % info.channels);
}
