
// A layer's input, a row after the other, without those from `end` on; and its weights.

@group(0) @binding({{weight}}) var<storage, read> weight: array<f32>;

fn x_at(row: u32, depth: u32, end: u32) -> f32 {
    if (row < end && depth < info.depth) {
        return x[row * info.depth + depth];
    }
    return 0.0;
}

fn weight_at(depth: u32, column: u32) -> f32 {
    if (depth < info.depth && column < info.columns) {
        return weight[depth * info.columns + column];
    }
    return 0.0;
}
