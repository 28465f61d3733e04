// activation(x weight + bias), and its derivative where the gradient needs it; or x weight + bias and a residual.

struct Info {
    rows: u32,
    depth: u32,
    columns: u32,
    activation: u32,
    across: u32,
    tiles: u32,
    groups: u32,
    // Of images, where the rows are their places or channels.
    height: u32,
    width: u32,
    channels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding({{bias}}) var<storage, read> bias: array<f32>;
@group(0) @binding({{residual}}) var<storage, read> residual: array<f32>;
@group(0) @binding({{out}}) var<storage, read_write> out: array<f32>;
{{slopes}}
@group(0) @binding({{info}}) var<uniform> info: Info;

fn finish(row: u32, column: u32, sum: f32) {
    if (row >= info.rows || column >= info.columns) {
        return;
    }
    let at = out_at(row, column);
    let z = sum + bias[column];
    if (info.activation == SILU) {
        let gate = 1.0 / (1.0 + exp(-z));
        out[at] = z * gate;
        {{keep}}
    } else if (info.activation == RELU && z <= 0.0) {
        out[at] = 0.0;
    } else if (info.activation == ADDED) {
        out[at] = residual[at] + z;
    } else {
        out[at] = z;
    }
}

fn finish_row(row: u32, column: u32, sums: vec4f) {
    finish(row, column, sums.x);
    finish(row, column + 1u, sums.y);
    finish(row, column + 2u, sums.z);
    finish(row, column + 3u, sums.w);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let tile = group.y * info.groups + group.x;
    if (tile >= info.tiles) {
        return;
    }
    let row = tile / info.across * TILE;
    let column = tile % info.across * TILE;
    var sum = Block();
    for (var start = 0u; start < info.depth; start += STEP) {
        for (var i = unit; i < 128u; i += 64u) {
            let r = row + i / STEP * 4u;
            let d = start + i % STEP;
            left_tile[i % STEP * 8u + i / STEP] = vec4f(x_at(r, d, info.rows), x_at(r + 1u, d, info.rows), x_at(r + 2u, d, info.rows), x_at(r + 3u, d, info.rows));
            let e = start + i / 8u;
            let c = column + i % 8u * 4u;
            right_tile[i] = vec4f(weight_at(e, c), weight_at(e, c + 1u), weight_at(e, c + 2u), weight_at(e, c + 3u));
        }
        workgroupBarrier();
        sum = multiplied(sum, unit);
        workgroupBarrier();
    }
    let r = row + unit / 8u * 4u;
    let c = column + unit % 8u * 4u;
    finish_row(r, c, sum.a);
    finish_row(r + 1u, c, sum.b);
    finish_row(r + 2u, c, sum.c);
    finish_row(r + 3u, c, sum.d);
}
