// Patches of square images, each with those around it where they are asked for, zeros beyond the image.

struct Info {
    size: u32,
    // Patches on a side of an image, and pixels on a side of a patch.
    grid: u32,
    span: u32,
    // Patches in a row of the output: one, or nine.
    window: u32,
    groups: u32,
}

@group(0) @binding(0) var<storage, read> images: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> info: Info;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let at = (group.y * info.groups + group.x) * 64u + unit;
    if (at >= info.size) {
        return;
    }
    let count = info.grid * info.grid;
    let pixels = info.span * info.span;
    let pixel = at % pixels;
    let row = at / (pixels * info.window);
    // Of the nine in a window, the one in the middle is the patch itself.
    var neighbour = 4u;
    if (info.window > 1u) {
        neighbour = at / pixels % info.window;
    }
    let y = row % count / info.grid + neighbour / 3u;
    let x = row % info.grid + neighbour % 3u;
    var value = 0.0;
    if (y > 0u && y <= info.grid && x > 0u && x <= info.grid) {
        let line = row / count * info.grid * info.span + (y - 1u) * info.span + pixel / info.span;
        value = images[line * info.grid * info.span + (x - 1u) * info.span + pixel % info.span];
    }
    out[at] = value;
}
