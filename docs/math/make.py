"""Makes font.woff2: python3 make.py stix-two-math-latin-400-normal.woff2 (needs fonttools and brotli)."""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

here = Path(__file__).parent
font = TTFont(sys.argv[1])
options = Options(flavor="woff2", hinting=False, layout_features=["ccmp", "locl", "mark", "mkmk"])
subsetter = Subsetter(options)
subsetter.populate(text=(here / "characters.txt").read_text())
subsetter.subset(font)

name_of = {chr(code): name for code, name in font.getBestCmap().items()}
glyphs, metrics, math = font["glyf"], font["hmtx"], font["MATH"].table

# Chromium 156 sets an accent's ink on top of the letter unless the letter is lower than this: with the font's own 480 the
# hat of a small epsilon touches it.
math.MathConstants.AccentBaseHeight.Value = 580

# Browsers raise a prime although it is drawn high already, and do not ask for its variant for scripts.
prime = glyphs[name_of["′"]]
prime.coordinates.scale((1.25, 1.25))
prime.coordinates.translate((-20, -375))
prime.recalcBounds(glyphs)

# Chromium leaves room for the widest size of a sign that stretches, whichever it draws: gaps after roots and inside brackets.
# So roots become equally wide, and the largest brackets go.
variants = math.MathVariants
signs = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction))
for name, sign in signs.items():
    sizes = sign.MathGlyphVariantRecord
    sizes[:] = [size for size in sizes if size.AdvanceMeasurement < 2700]
    if name == name_of["√"]:
        width = metrics[name][0]
        for size in sizes[1:]:
            factor = width / metrics[size.VariantGlyph][0]
            glyph = glyphs[size.VariantGlyph]
            glyph.coordinates.scale((factor, 1))
            glyph.recalcBounds(glyphs)
            metrics[size.VariantGlyph] = (width, glyph.xMin)
    if sign.GlyphAssembly and sizes:
        widest = max(metrics[size.VariantGlyph][0] for size in sizes)
        if any(metrics[part.glyph][0] > widest for part in sign.GlyphAssembly.PartRecords):
            sign.GlyphAssembly = None

font.flavor = "woff2"
font.save(here / "font.woff2")
