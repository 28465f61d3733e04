// Rows with a mean square of one, scaled by one and a scale, and shifted; and one over each row's root of its mean square.

struct Info {
    rows: u32,
    width: u32,
    places: u32,
    // How far apart the modulations of two images are: zero where all have the same.
    step: u32,
    modulated: u32,
    groups: u32,
    tiny: f32,
    unused: u32,
}

@group(0) @binding(0) var<storage, read> hidden: array<f32>;
@group(0) @binding(1) var<storage, read> modulation: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(4) var<uniform> info: Info;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let row = (group.y * info.groups + group.x) * 64u + unit;
    if (row >= info.rows) {
        return;
    }
    let start = row * info.width;
    var power = 0.0;
    for (var column = 0u; column < info.width; column++) {
        power += hidden[start + column] * hidden[start + column];
    }
    let size = 1.0 / sqrt(power / f32(info.width) + info.tiny);
    inverse[row] = size;
    let at = row / info.places * info.step;
    for (var column = 0u; column < info.width; column++) {
        var value = hidden[start + column] * size;
        if (info.modulated != 0u) {
            value = value * (1.0 + modulation[at + column]) + modulation[at + info.width + column];
        }
        out[start + column] = value;
    }
}
