// The gradients of rows with a mean square of one, scaled and shifted: of the rows, and of the scales and shifts of each image, summed over its places.

struct Info {
    rows: u32,
    width: u32,
    places: u32,
    // How far apart the modulations of two images are: zero where all have the same.
    step: u32,
    modulated: u32,
    // Workgroups with rows; those with columns of one image; and of all, in a row.
    row_groups: u32,
    column_groups: u32,
    groups: u32,
    // All workgroups.
    all: u32,
}

@group(0) @binding(0) var<storage, read> pull: array<f32>;
@group(0) @binding(1) var<storage, read> hidden: array<f32>;
@group(0) @binding(2) var<storage, read> inverse: array<f32>;
@group(0) @binding(3) var<storage, read> modulation: array<f32>;
@group(0) @binding(4) var<storage, read_write> of_hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> of_modulation: array<f32>;
@group(0) @binding(6) var<uniform> info: Info;

var<workgroup> sums: array<vec2f, 64>;

fn scaled(at: u32, scale: u32) -> f32 {
    if (info.modulated != 0u) {
        return pull[at] * (1.0 + modulation[scale]);
    }
    return pull[at];
}

fn row_gradient(row: u32) {
    if (row >= info.rows) {
        return;
    }
    let start = row * info.width;
    let scale = row / info.places * info.step;
    var sum = 0.0;
    for (var column = 0u; column < info.width; column++) {
        sum += scaled(start + column, scale + column) * hidden[start + column];
    }
    let size = inverse[row];
    let along = sum / f32(info.width) * size * size * size;
    for (var column = 0u; column < info.width; column++) {
        let at = start + column;
        of_hidden[at] = scaled(at, scale + column) * size - along * hidden[at];
    }
}

// Eight columns, by eight invocations each.
fn column_gradients(index: u32, unit: u32) {
    let image = index / info.column_groups;
    let column = index % info.column_groups * 8u + unit % 8u;
    var sum = vec2f();
    if (column < info.width) {
        for (var place = unit / 8u; place < info.places; place += 8u) {
            let row = image * info.places + place;
            let at = row * info.width + column;
            sum += vec2f(pull[at] * hidden[at] * inverse[row], pull[at]);
        }
    }
    sums[unit] = sum;
    workgroupBarrier();
    if (unit < 8u && column < info.width) {
        for (var part = 1u; part < 8u; part++) {
            sum += sums[part * 8u + unit];
        }
        let at = image * 2u * info.width + column;
        of_modulation[at] = sum.x;
        of_modulation[at + info.width] = sum.y;
    }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let index = group.y * info.groups + group.x;
    if (index < info.row_groups) {
        row_gradient(index * 64u + unit);
    } else if (index < info.all) {
        column_gradients(index - info.row_groups, unit);
    }
}
