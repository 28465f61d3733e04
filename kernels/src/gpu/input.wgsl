
@group(0) @binding({{of_x}}) var<storage, read_write> of_x: array<f32>;

fn write_x(row: u32, depth: u32, value: f32) {
    if (row < info.rows && depth < info.inputs) {
        of_x[in_at(row, depth)] = value;
    }
}

fn write_xs(row: u32, depth: u32, values: vec4f) {
    write_x(row, depth, values.x);
    write_x(row, depth + 1u, values.y);
    write_x(row, depth + 2u, values.z);
    write_x(row, depth + 3u, values.w);
}

fn input_tile(tile: u32, unit: u32) {
    let row = tile / info.input_across * TILE;
    let depth = tile % info.input_across * TILE;
    var sum = Block();
    for (var start = 0u; start < info.spread; start += STEP) {
        for (var i = unit; i < 128u; i += 64u) {
            let c = start + i % STEP;
            let r = row + i / STEP * 4u;
            let at = i % STEP * 8u + i / STEP;
            left_tile[at] = vec4f(spread_at(r, c), spread_at(r + 1u, c), spread_at(r + 2u, c), spread_at(r + 3u, c));
            let d = depth + i / STEP * 4u;
            right_tile[at] = vec4f(turned_at(c, d), turned_at(c, d + 1u), turned_at(c, d + 2u), turned_at(c, d + 3u));
        }
        workgroupBarrier();
        sum = multiplied(sum, unit);
        workgroupBarrier();
    }
    let r = row + unit / 8u * 4u;
    let d = depth + unit % 8u * 4u;
    write_xs(r, d, sum.a);
    write_xs(r + 1u, d, sum.b);
    write_xs(r + 2u, d, sum.c);
    write_xs(r + 3u, d, sum.d);
}
