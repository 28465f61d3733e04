// The weighted mean of squared errors of an estimate `a x + b raw`, and its gradient by `raw`.

struct Info {
    rows: u32,
    dimension: u32,
    weighted: u32,
    output: u32,
}

@group(0) @binding(0) var<storage, read> raw: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> noise: array<f32>;
@group(0) @binding(3) var<storage, read> level: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> of_raw: array<f32>;
@group(0) @binding(7) var<uniform> info: Info;

var<workgroup> sums: array<f32, 256>;

// `a` and `b` at a level.
fn parts(log_sigma: f32) -> vec2f {
    let sigma = exp(log_sigma);
    let signal = 1.0 / sqrt(sigma * sigma + 1.0);
    let power = signal * sigma;
    switch info.output {
        case 0u: { return vec2f(power, signal); }
        case 1u: { return vec2f(0.0, 1.0); }
        case 2u: { return vec2f(1.0 / power, -signal / power); }
        default: { return vec2f(0.0, -power); }
    }
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) unit: u32) {
    let count = info.rows * info.dimension;
    var sum = 0.0;
    for (var at = unit; at < count; at += 256u) {
        let row = at / info.dimension;
        let part = parts(level[row]);
        let error = part.x * x[at] + part.y * raw[at] - noise[at];
        var share = 1.0 / f32(count);
        if (info.weighted != 0u) {
            share *= weight[row];
        }
        sum += share * error * error;
        of_raw[at] = 2.0 * share * error * part.y;
    }
    sums[unit] = sum;
    workgroupBarrier();
    for (var half = 128u; half > 0u; half /= 2u) {
        if (unit < half) {
            sums[unit] += sums[unit + half];
        }
        workgroupBarrier();
    }
    if (unit == 0u) {
        loss[0] = sums[0];
    }
}
