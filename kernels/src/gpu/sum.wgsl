// The sum of parts of equal size.

struct Info {
    size: u32,
    parts: u32,
    groups: u32,
    unused: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> info: Info;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let at = (group.y * info.groups + group.x) * 64u + unit;
    if (at >= info.size) {
        return;
    }
    var sum = 0.0;
    for (var part = 0u; part < info.parts; part++) {
        sum += parts[part * info.size + at];
    }
    out[at] = sum;
}
