// Numbers to another place; zeros where there are none.

struct Info {
    start: u32,
    length: u32,
    there: u32,
    unused: u32,
}

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> info: Info;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) unit: u32) {
    for (var i = group.x * 256u + unit; i < info.length; i += groups.x * 256u) {
        var value = 0.0;
        if (info.there != 0u) {
            value = source[i];
        }
        out[info.start + i] = value;
    }
}
