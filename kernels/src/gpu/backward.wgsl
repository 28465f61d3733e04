// The gradients of a layer's weights and bias, and of its input where that is asked for, from the gradient of its output. Rows are split where
// there are many: each part is written for itself.

struct Info {
    rows: u32,
    depth: u32,
    columns: u32,
    activation: u32,
    // Tiles along the columns of the weights, of one part of the weights, of all parts, and of all of the dispatch.
    across: u32,
    part_tiles: u32,
    weight_tiles: u32,
    tiles: u32,
    groups: u32,
    part_rows: u32,
    // Where the bias's gradient begins in a part, and how long a part is.
    bias_start: u32,
    part_size: u32,
    // Rows of the weights that lie together, and how far apart the next begin.
    segment: u32,
    segment_size: u32,
    // Columns of the input, tiles along them, and what its gradient sums over.
    inputs: u32,
    input_across: u32,
    spread: u32,
    // Of images, where the rows are their places or channels.
    height: u32,
    width: u32,
    channels: u32,
}

@group(0) @binding(0) var<storage, read> pull: array<f32>;
@group(0) @binding(1) var<storage, read> gate: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> of_weight: array<f32>;
@group(0) @binding({{info}}) var<uniform> info: Info;

// The gradient of what the activation is of.
fn pull_at(row: u32, column: u32, end: u32) -> f32 {
    if (row >= end || column >= info.columns) {
        return 0.0;
    }
    let at = out_at(row, column);
    if (info.activation == SILU) {
        return pull[at] * gate[at];
    }
    if (info.activation == RELU && gate[at] <= 0.0) {
        return 0.0;
    }
    if (info.activation == SCALED) {
        return pull[at] * gate[0];
    }
    return pull[at];
}

fn write_weight(start: u32, depth: u32, column: u32, value: f32) {
    if (depth < info.depth && column < info.columns) {
        let segment = depth / info.segment * info.segment_size;
        of_weight[start + segment + depth % info.segment * info.columns + column] = value;
    }
}

fn write_weights(start: u32, depth: u32, column: u32, values: vec4f) {
    write_weight(start, depth, column, values.x);
    write_weight(start, depth, column + 1u, values.y);
    write_weight(start, depth, column + 2u, values.z);
    write_weight(start, depth, column + 3u, values.w);
}

fn write_bias(start: u32, column: u32, value: f32) {
    if (column < info.columns) {
        of_weight[start + info.bias_start + column] = value;
    }
}

fn weights_tile(index: u32, unit: u32) {
    let part = index / info.part_tiles;
    let tile = index % info.part_tiles;
    let depth = tile / info.across * TILE;
    let column = tile % info.across * TILE;
    let first = part * info.part_rows;
    let end = min(first + info.part_rows, info.rows);
    var sum = Block();
    var sums = vec4f();
    for (var step = first; step < end; step += STEP) {
        for (var i = unit; i < 128u; i += 64u) {
            let r = step + i / 8u;
            let d = depth + i % 8u * 4u;
            left_tile[i] = vec4f(x_at(r, d, end), x_at(r, d + 1u, end), x_at(r, d + 2u, end), x_at(r, d + 3u, end));
            let c = column + i % 8u * 4u;
            right_tile[i] =
                vec4f(pull_at(r, c, end), pull_at(r, c + 1u, end), pull_at(r, c + 2u, end), pull_at(r, c + 3u, end));
        }
        workgroupBarrier();
        sum = multiplied(sum, unit);
        if (depth == 0u && unit < 8u) {
            for (var k = 0u; k < STEP; k++) {
                sums += right_tile[k * 8u + unit];
            }
        }
        workgroupBarrier();
    }
    let start = part * info.part_size;
    let d = depth + unit / 8u * 4u;
    let c = column + unit % 8u * 4u;
    write_weights(start, d, c, sum.a);
    write_weights(start, d + 1u, c, sum.b);
    write_weights(start, d + 2u, c, sum.c);
    write_weights(start, d + 3u, c, sum.d);
    if (depth == 0u && unit < 8u) {
        write_bias(start, c, sums.x);
        write_bias(start, c + 1u, sums.y);
        write_bias(start, c + 2u, sums.z);
        write_bias(start, c + 3u, sums.w);
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let index = group.y * info.groups + group.x;
    if (index < info.weight_tiles) {
        weights_tile(index, unit);
    }
    {{input_tile}}
}
