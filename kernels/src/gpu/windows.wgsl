
// Places of images with their eight neighbours as rows, zeros beyond the edge; the weights of each row of the window for itself.

@group(0) @binding({{weight}}) var<storage, read> above: array<f32>;
@group(0) @binding({{middle}}) var<storage, read> middle: array<f32>;
@group(0) @binding({{below}}) var<storage, read> below: array<f32>;

fn in_at(row: u32, channel: u32) -> u32 {
    return row * info.channels + channel;
}

fn out_at(row: u32, column: u32) -> u32 {
    return row * info.columns + column;
}

// The row of a neighbour of a place, of nine; none is beyond all rows.
fn neighbour(row: u32, index: u32) -> u32 {
    let y = row / info.width % info.height + index / 3u;
    let x = row % info.width + index % 3u;
    if (y == 0u || y > info.height || x == 0u || x > info.width) {
        return 0xffffffffu;
    }
    return row + index / 3u * info.width + index % 3u - info.width - 1u;
}

fn x_at(row: u32, depth: u32, end: u32) -> f32 {
    if (row >= end || depth >= info.depth) {
        return 0.0;
    }
    let place = neighbour(row, depth / info.channels);
    if (place == 0xffffffffu) {
        return 0.0;
    }
    return x[in_at(place, depth % info.channels)];
}

fn weight_at(depth: u32, column: u32) -> f32 {
    if (depth >= info.depth || column >= info.columns) {
        return 0.0;
    }
    let size = 3u * info.channels;
    let at = depth % size * info.columns + column;
    switch depth / size {
        case 0u: { return above[at]; }
        case 1u: { return middle[at]; }
        default: { return below[at]; }
    }
}
