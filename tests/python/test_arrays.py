"""Pictures and values as NumPy and PIL have them."""

import io

import hashvet
import numpy
from hashvet import errors
from PIL import Image
from support import ListTest, png, random_values, scene


def pixels(seed):
    return numpy.frombuffer(scene(seed), numpy.uint8).reshape(120, 160, 3)


class TestArrays(ListTest):
    def test_an_array_is_the_picture_that_its_file_is(self):
        colour = pixels(1)
        self.assertEqual(hashvet.hash_picture(colour).hash(), self.values[0])
        grey = colour[:, :, 0]
        want = hashvet.hash_picture(png(grey.tobytes(), channels=1))
        for array in (grey, grey.copy(), grey[:, :, None],
                      grey.astype(numpy.float32), grey.astype(numpy.float64)):
            picture = hashvet.hash_picture(array)
            self.assertEqual(picture.hash(), want.hash())
            self.assertEqual((picture.width, picture.height), (160, 120))
        # Views: turned, mirrored, cut out.
        for view in (colour[::-1], colour[:, ::-1], colour[5:100, 10:130],
                     colour.transpose(1, 0, 2), numpy.asfortranarray(colour)):
            copy = numpy.ascontiguousarray(view)
            self.assertEqual(hashvet.hash_picture(view).hash(),
                             hashvet.hash_picture(copy).hash())

    def test_alpha_is_shown_as_a_file_s_is(self):
        rgba = numpy.dstack([pixels(1), numpy.full((120, 160), 255, numpy.uint8)])
        self.assertEqual(hashvet.hash_picture(rgba).hash(), self.values[0])
        rgba[20:90, 30:120, 3] = 40
        want = hashvet.hash_picture(png(rgba.tobytes(), channels=4))
        for picture in (hashvet.hash_picture(rgba),
                        hashvet.hash_picture(Image.fromarray(rgba))):
            self.assertEqual(picture.hash(), want.hash())
            self.assertEqual(picture.flags, want.flags)
        self.assertIn("alpha_flattened", want.flags)

    def test_a_pil_image_of_any_mode_is_hashed(self):
        image = Image.fromarray(pixels(1))
        self.assertEqual(hashvet.hash_picture(image).hash(), self.values[0])
        opened = Image.open(io.BytesIO(self.picture.read_bytes()))
        self.assertEqual(hashvet.hash_picture(opened).hash(), self.values[0])
        for mode in ("L", "P", "CMYK", "YCbCr", "HSV", "RGBA", "RGBX", "LA",
                     "La", "RGBa", "PA", "1"):
            source = image if mode not in ("La", "RGBa", "PA") else \
                image.convert({"La": "LA", "RGBa": "RGBA", "PA": "P"}[mode])
            picture = hashvet.hash_picture(source.convert(mode))
            self.assertEqual(picture.outcome, "hashed", mode)
            near = hashvet.distance(picture.hash(), self.values[0])
            self.assertLess(near, 128 if mode == "1" else 60, mode)
        # A colour that stands for nothing.
        palette = image.quantize(16)
        palette.info["transparency"] = 0
        self.assertIn("alpha_flattened", hashvet.hash_picture(palette).flags)
        for mode in ("I", "F", "I;16", "LAB"):
            with self.assertRaisesRegex(errors.InvalidArgumentError,
                                        "PIL image of mode"):
                hashvet.hash_picture(Image.new(mode, (64, 64)))

    def test_arrays_that_are_no_picture_are_refused(self):
        grey = pixels(1)[:, :, 0]
        unit = grey.astype(numpy.float32) / 255
        for array, error, message in (
                (unit, ValueError, "black as luma 0 .. 255; scale"),
                (unit * 300, ValueError, "want luma 0 .. 255"),
                (unit - 0.5, ValueError, "want luma 0 .. 255"),
                (numpy.where(unit > 0.5, numpy.nan, unit * 255), ValueError,
                 "got floats of nan"),
                (numpy.full((64, 64), numpy.inf), ValueError, "want luma"),
                (pixels(1).astype(numpy.float32), ValueError,
                 "floats of 120x160x3 values, want H x W"),
                (grey.astype(numpy.int32), TypeError, "array of int32"),
                (grey.astype(numpy.uint16), TypeError, "array of uint16"),
                (grey > 10, TypeError, "array of bool"),
                (numpy.ma.masked_array(grey), TypeError, "masked array"),
                (grey.astype(complex), TypeError, "array of complex128"),
                (grey.astype(object), TypeError, "array of object"),
                (numpy.dstack([grey, grey]), ValueError, "120x160x2 values"),
                (grey[0], ValueError, "got an array of 160 values"),
                (numpy.array(3, numpy.uint8), ValueError, "array of no values"),
                (pixels(1)[None], ValueError, "1x120x160x3 values"),
                (grey[:0], ValueError, "0"),
                (grey[:, :0].astype(float), ValueError, "0")):
            with self.assertRaisesRegex(error, message):
                hashvet.hash_picture(array)
        # Nothing to see is an answer.
        black = hashvet.hash_picture(numpy.zeros((64, 64)))
        self.assertEqual((black.outcome, black.quality), ("hashed", 0))

    def test_rows_are_values(self):
        unknown = random_values(60, seed=5)
        rows = numpy.array([list(v) for v in self.values + unknown], numpy.uint8)
        want = ["match"] * 40 + ["no_match"] * 60
        with hashvet.Matcher(self.known) as matcher:
            for array in (rows, numpy.asfortranarray(rows)):
                self.assertEqual(matcher.match_many(array).outcomes(), want)
            self.assertEqual(matcher.match_many(rows[::-3]).outcomes(),
                             want[::-3])
            wide = numpy.hstack([rows, rows])
            self.assertEqual(matcher.match_many(wide[:, 32:]).outcomes(), want)
            self.assertEqual(matcher.match_many(rows[:0]).outcomes(), [])
            for array, error, message in (
                    (rows[:, :31], ValueError,
                     "100x31 values, want n x 32, of pdq"),
                    (wide, ValueError, "100x64 values, want n x 32"),
                    (rows[0], ValueError, "array of 32 values, want n x 32"),
                    (rows[None], ValueError, "1x100x32 values"),
                    (rows.astype(numpy.int8), TypeError, "array of int8"),
                    (rows.astype(float), TypeError, "array of float64"),
                    # What is masked is no value, and was not asked about.
                    (numpy.ma.masked_array(rows), TypeError, "masked array"),
                    (rows.view(numpy.uint64), TypeError, "array of uint64")):
                with self.assertRaisesRegex(error, message):
                    matcher.match_many(array)
            with self.assertRaisesRegex(ValueError, "want n x 16, of md5"):
                matcher.match_many(rows, kind="md5")
