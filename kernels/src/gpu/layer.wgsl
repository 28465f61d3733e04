
// A layer's weights, and its input and output: rows one after the other, or channels of images, whose values are at places one after the other.

@group(0) @binding({{weight}}) var<storage, read> weight: array<f32>;

// Where a row has one of its `count` values.
fn place(row: u32, index: u32, count: u32) -> u32 {
    if (info.channels == 1u) {
        return row * count + index;
    }
    return (row / info.channels * count + index) * info.channels + row % info.channels;
}

fn in_at(row: u32, depth: u32) -> u32 {
    return place(row, depth, info.depth);
}

fn out_at(row: u32, column: u32) -> u32 {
    return place(row, column, info.columns);
}

// Zero for rows from `end` on.
fn x_at(row: u32, depth: u32, end: u32) -> f32 {
    if (row < end && depth < info.depth) {
        return x[in_at(row, depth)];
    }
    return 0.0;
}

fn weight_at(depth: u32, column: u32) -> f32 {
    if (depth < info.depth && column < info.columns) {
        return weight[depth * info.columns + column];
    }
    return 0.0;
}
