// A network's input: the points, sines of their projections, and sines of their levels' projections, side by side.

struct Info {
    rows: u32,
    dimension: u32,
    places: u32,
    levels: u32,
    // Zero where all points have one level.
    level_step: u32,
    groups: u32,
    unused: vec2u,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> place: array<f32>;
@group(0) @binding(2) var<storage, read> place_phase: array<f32>;
@group(0) @binding(3) var<storage, read> level: array<f32>;
@group(0) @binding(4) var<storage, read> pace: array<f32>;
@group(0) @binding(5) var<storage, read> level_phase: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<uniform> info: Info;

fn feature(row: u32, column: u32) -> f32 {
    if (column < info.dimension) {
        return x[row * info.dimension + column];
    }
    let c = column - info.dimension;
    if (c < info.places) {
        var turns = place_phase[c];
        for (var i = 0u; i < info.dimension; i++) {
            turns += x[row * info.dimension + i] * place[i * info.places + c];
        }
        return sin(turns);
    }
    let l = c - info.places;
    return sin(level[row * info.level_step] * pace[l] + level_phase[l]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let columns = info.dimension + info.places + info.levels;
    let at = (group.y * info.groups + group.x) * 64u + unit;
    if (at < info.rows * columns) {
        out[at] = feature(at / columns, at % columns);
    }
}
