
// What the gradient of a layer's input is a product of.
fn spread_at(row: u32, k: u32) -> f32 {
    return pull_at(row, k, info.rows);
}

fn turned_at(k: u32, column: u32) -> f32 {
    return weight_at(column, k);
}
